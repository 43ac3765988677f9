using Microsoft.Extensions.Options;

namespace McpSecure.ServiceDefaults;

/// <summary>Gives what masks documents and sanitizes texts, by the built-in rules and those of the section <c>Redaction</c>.</summary>
public sealed class Redaction
{
    internal Redaction(RedactionOptions options)
    {
        var own = options.Texts.Select(rule => new BoundedRule(rule)).ToList();
        Text = new TextSanitizer([.. TextRules.All, .. own]);
        Records = new TextSanitizer([.. options.AddressesInLogs ? TextRules.All : TextRules.Records, .. own]);
        Documents = new DocumentMasking(options.Fields.Select(rule => rule.ToRule()).Concat(FieldRule.BuiltIn), Text);
    }

    /// <summary>Gets what sanitizes the texts of callers.</summary>
    public TextSanitizer Text { get; }

    /// <summary>Gets what masks the documents of callers.</summary>
    public DocumentMasking Documents { get; }

    /// <summary>Gets what sanitizes our own logs.</summary>
    internal TextSanitizer Records { get; }

    /// <summary>Makes it of the settings.</summary>
    /// <exception cref="OptionsValidationException">They are wrong, which ends the start.</exception>
    internal static Redaction Of(IOptions<RedactionOptions> options) => new(options.Value);
}
