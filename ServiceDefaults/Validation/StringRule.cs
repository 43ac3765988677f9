using System.Buffers;
using System.Text.RegularExpressions;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Says what a string must be: its length in code points, its form, its pattern.</summary>
internal sealed class StringRule : ValueRule<string>
{
    // Unicode category Cc: U+0000 to U+001F and U+007F to U+009F.
    private static readonly SearchValues<char> ControlCharacters =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Select(c => (char)c)]);

    private readonly long least;
    private readonly long most;
    private readonly Format format;
    private readonly Regex? pattern;
    private readonly string patternText;

    public StringRule(FieldRules rules)
    {
        least = rules.HasMinLength ? rules.MinLength : 0;
        most = rules.HasMaxLength ? rules.MaxLength : long.MaxValue;
        format = rules.Format;
        patternText = rules.Pattern;
        if (patternText.Length > 0)
        {
            // Linear in the input whatever the pattern: no expression of ours can be used to burn time.
            pattern = new Regex($@"\A(?:{patternText})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
    }

    public override bool IsSet(string value) => value.Length > 0;

    public override void Check(string value, Walk walk)
    {
        if (format != Format.Any && value.AsSpan().ContainsAny(ControlCharacters))
        {
            walk.Fault("must not contain control characters.");
            return;
        }

        // A string never has more code points than UTF-16 units, so most need no counting.
        if (value.Length > most && CodePoints(value) > most)
        {
            walk.Fault($"must have at most {most} characters.");
        }
        else if (least > 0 && CodePoints(value) < least)
        {
            walk.Fault($"must have at least {least} characters.");
        }
        else if (Formats.WhyNot(format, value) is { } flaw)
        {
            walk.Fault(flaw);
        }
        else if (pattern?.IsMatch(value) == false)
        {
            walk.Fault($"must match {patternText}.");
        }
    }

    private static int CodePoints(string value)
    {
        var count = 0;
        foreach (var unused in value.EnumerateRunes())
        {
            _ = unused;
            count++;
        }

        return count;
    }
}
