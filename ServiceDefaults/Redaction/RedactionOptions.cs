using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace McpSecure.ServiceDefaults;

/// <summary>Says what is masked and replaced beyond what always is. Section <c>Redaction</c>.</summary>
internal sealed class RedactionOptions : IValidatableObject
{
    private const int MostRules = 64;

    /// <summary>Gets or sets rules for fields of documents, which come before the built-in ones. Default none; at most 64.</summary>
    public List<FieldRuleOptions> Fields { get; set; } = [];

    /// <summary>Gets or sets rules for text, beside the built-in ones; they hold for documents, texts and our own logs. Default none; at most 64.</summary>
    public List<TextRuleOptions> Texts { get; set; } = [];

    /// <summary>Gets or sets whether network addresses are replaced in our own logs, too. Default false: a log without them does not tell who called.</summary>
    public bool AddressesInLogs { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Fields.Count > MostRules || Texts.Count > MostRules)
        {
            yield return new ValidationResult($"has more than {MostRules} rules.", [Fields.Count > MostRules ? nameof(Fields) : nameof(Texts)]);
            yield break;
        }

        for (var i = 0; i < Fields.Count; i++)
        {
            if ((WhyNot(Fields[i].Pattern) ?? Fields[i].WhyNot()) is { } fault)
            {
                yield return new ValidationResult(fault, [$"{nameof(Fields)}:{i}"]);
            }
        }

        for (var i = 0; i < Texts.Count; i++)
        {
            if ((WhyNot(Texts[i].Pattern) ?? Texts[i].WhyNot()) is { } fault)
            {
                yield return new ValidationResult(fault, [$"{nameof(Texts)}:{i}"]);
            }
        }
    }

    // A rule that does not compile, or that matches everywhere, would be found by the first text else.
    private static string? WhyNot(string pattern)
    {
        if (pattern.Length is < 1 or > 256)
        {
            return "has no Pattern of 1 to 256 characters.";
        }

        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking).IsMatch("") ? "has a Pattern that matches nothing at all, and so everywhere." : null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return "has a Pattern that is no expression of the non-backtracking engine.";
        }
    }
}

/// <summary>A rule for fields.</summary>
internal sealed class FieldRuleOptions
{
    /// <summary>Gets or sets the expression that finds a match in the names of the fields, in either case. Required, 1 to 256 characters.</summary>
    public string Pattern { get; set; } = "";

    /// <summary>Gets or sets the text that stands in the value's place. This, <see cref="VisibleCharacters"/> or <see cref="Format"/>; at most 64 characters.</summary>
    public string? Replacement { get; set; }

    /// <summary>Gets or sets how many of the first characters are shown; never more than a quarter. 0 to 16.</summary>
    public int? VisibleCharacters { get; set; }

    /// <summary>Gets or sets what stands for each of the others. Default <c>*</c>.</summary>
    public char MaskCharacter { get; set; } = '*';

    /// <summary>Gets or sets a text in which <c>{last4}</c> stands for the last four letters or digits of a value of eight or more. At most 64 characters.</summary>
    public string? Format { get; set; }

    public string? WhyNot() => (Replacement, VisibleCharacters, Format) switch
    {
        ({ Length: <= 64 }, null, null) => null,
        (null, >= 0 and <= 16, null) => char.IsControl(MaskCharacter) || char.IsSurrogate(MaskCharacter) ? "has a MaskCharacter that cannot be printed." : null,
        (null, null, { Length: <= 64 } format) => format.Contains(FieldMask.Format.LastFour, StringComparison.Ordinal) ? null : "has a Format without {last4}.",
        _ => "must have exactly one of Replacement and Format, of at most 64 characters, and VisibleCharacters, of 0 to 16.",
    };

    public FieldRule ToRule() => new(Pattern, (Replacement, VisibleCharacters) switch
    {
        ({ } replacement, _) => new FieldMask.Replace(replacement),
        (_, { } visible) => new FieldMask.Partial(visible, MaskCharacter),
        _ => new FieldMask.Format(Format!),
    });
}

/// <summary>A rule for text.</summary>
internal sealed class TextRuleOptions
{
    /// <summary>Gets or sets what the rule is called where findings are counted, <c>a-z</c>, <c>0-9</c> and <c>_</c>. Required, 1 to 32 characters.</summary>
    public string Name { get; set; } = "";

    /// <summary>Gets or sets the expression of what is replaced. Required, 1 to 256 characters; as it stands in case.</summary>
    public string Pattern { get; set; } = "";

    /// <summary>Gets or sets what stands in its place. Default <c>[REDACTED]</c>; at most 64 characters.</summary>
    public string Replacement { get; set; } = "[REDACTED]";

    public string? WhyNot() =>
        Name.Length is < 1 or > 32 || !Name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_') ? "has no Name of 1 to 32 characters a-z, 0-9 and _."
        : Replacement.Length > 64 ? "has a Replacement of more than 64 characters."
        : null;
}
