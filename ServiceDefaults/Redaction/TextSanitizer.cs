using System.Buffers;
using System.Text;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Replaces what should not be read in free text: personal data and credentials, each kind by its own word. Time is linear in the text,
/// whatever is in it. Safe to use in parallel.
/// </summary>
public sealed class TextSanitizer
{
    private readonly TextRule[] rules;

    // Most texts have none of these and are done with at one look; null where a rule finds things without.
    private readonly SearchValues<char>? needed;

    internal TextSanitizer(IEnumerable<TextRule> rules)
    {
        this.rules = [.. rules];
        needed = this.rules.All(rule => rule.Needs.Length > 0) ? SearchValues.Create(string.Concat(this.rules.Select(rule => rule.Needs))) : null;
    }

    /// <summary>
    /// Gets the sanitizer of our own logs and audit attributes, by the built-in rules: network addresses stay, since a log without them
    /// does not tell who called.
    /// </summary>
    public static TextSanitizer OfRecords { get; } = new(TextRules.Records);

    /// <summary>Returns the text with everything replaced that the rules find; the same string where they find nothing.</summary>
    public string Sanitize(string text) => Sanitize(text, found: null);

    /// <summary>Does the same, and counts what was replaced by the names of the rules.</summary>
    public string Sanitize(string text, IDictionary<string, int>? found)
    {
        // The least that any rule finds is an address like a@b.cc.
        if (text.Length < 6 || (needed is not null && !text.AsSpan().ContainsAny(needed)))
        {
            return text;
        }

        List<Finding>? findings = null;
        foreach (var rule in rules)
        {
            rule.Find(text, ref findings);
        }

        return findings is null ? text : Replace(text, findings, found);
    }

    // Findings that overlap are one, replaced by the word of the first: what lies in either is gone.
    private static string Replace(string text, List<Finding> findings, IDictionary<string, int>? found)
    {
        findings.Sort(static (one, other) => one.Start != other.Start ? one.Start.CompareTo(other.Start) : other.End.CompareTo(one.End));
        var result = new StringBuilder(text.Length);
        var read = 0;
        foreach (var finding in findings)
        {
            if (finding.Start < read)
            {
                read = Math.Max(read, finding.End);
                continue;
            }

            result.Append(text, read, finding.Start - read).Append(finding.Rule.Replacement);
            read = finding.End;
            if (found is not null)
            {
                found[finding.Rule.Name] = found.TryGetValue(finding.Rule.Name, out var count) ? count + 1 : 1;
            }
        }

        return result.Append(text, read, text.Length - read).ToString();
    }
}

/// <summary>Finds one kind of thing in text, in time linear in its length.</summary>
/// <param name="name">What it is called where findings are counted.</param>
/// <param name="replacement">What stands in its place.</param>
/// <param name="needs">Characters of which each such thing has at least one; empty where none are known.</param>
internal abstract class TextRule(string name, string replacement, string needs)
{
    public const string Digits = "0123456789";

    public string Name => name;

    public string Replacement => replacement;

    public string Needs => needs;

    /// <summary>Adds what is found.</summary>
    public abstract void Find(string text, ref List<Finding>? findings);

    protected void Add(ref List<Finding>? findings, int start, int end) => (findings ??= []).Add(new Finding(start, end, this));
}

/// <summary>Something that a rule found in a text.</summary>
internal sealed record Finding(int Start, int End, TextRule Rule);
