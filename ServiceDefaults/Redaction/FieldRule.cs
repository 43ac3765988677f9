using System.Text.RegularExpressions;

namespace McpSecure.ServiceDefaults;

/// <summary>Says how the values of fields are masked whose name an expression finds a match in, in either case.</summary>
internal sealed class FieldRule(string pattern, FieldMask mask)
{
    private readonly Regex regex = new(pattern, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>Gets the rules that hold after those that are set up.</summary>
    public static IReadOnlyList<FieldRule> BuiltIn { get; } =
    [
        new("passw(or)?d|passphrase|secret|credential|(api|private|access|signing)[_-]?key|tokens?$|authorization|cookie|^(pin|cvc|cvv2?)$", new FieldMask.Replace("[MASKED]")),
        new("e-?mail", new FieldMask.Partial(3, '*')),
        new("phone|mobile", new FieldMask.Format("XXX-XXX-{last4}")),
        new("credit[_-]?card|card[_-]?number|^pan$|^iban$", new FieldMask.Format("****-****-****-{last4}")),
        new("^ssn$|social[_-]?security", new FieldMask.Format("***-**-{last4}")),
    ];

    /// <summary>Gets how values are masked.</summary>
    public FieldMask Mask => mask;

    /// <summary>Tells whether the rule is for a field.</summary>
    public bool IsFor(string name) => regex.IsMatch(name);
}
