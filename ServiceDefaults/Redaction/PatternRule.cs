using System.Buffers;
using System.Text.RegularExpressions;

namespace McpSecure.ServiceDefaults;

/// <summary>Finds what matches an expression of the non-backtracking engine.</summary>
/// <param name="name">What it is called where findings are counted.</param>
/// <param name="replacement">What stands in its place.</param>
/// <param name="needs">Characters of which each match has at least one, looked for first because that costs next to nothing.</param>
/// <param name="trigger">A text without which there is no match, where one is known.</param>
/// <param name="pattern">The expression.</param>
/// <param name="judge">Says which part of a match is replaced, or null where it only looks like one.</param>
internal sealed class PatternRule(
    string name, string replacement, string needs, string? trigger, string pattern, Func<string, int, int, (int Start, int End)?>? judge = null)
    : TextRule(name, replacement, needs)
{
    private readonly SearchValues<char> needed = needs.Length > 0 ? SearchValues.Create(needs) : throw new ArgumentException("Nothing would be found.", nameof(needs));
    private readonly Regex regex = new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    public override void Find(string text, ref List<Finding>? findings)
    {
        if (!text.AsSpan().ContainsAny(needed) || (trigger is not null && !text.Contains(trigger, StringComparison.Ordinal)))
        {
            return;
        }

        foreach (var match in regex.EnumerateMatches(text))
        {
            var found = judge is null ? (match.Index, match.Index + match.Length) : judge(text, match.Index, match.Index + match.Length);
            if (found is var (start, end))
            {
                Add(ref findings, start, end);
            }
        }
    }
}
