using System.Text.RegularExpressions;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Finds what matches an expression that was set up. A single match is linear whatever the expression; all of them together may not be
/// where it looks far ahead of a short match. So their time is bounded, and a text that takes longer is replaced as a whole.
/// </summary>
internal sealed class BoundedRule(TextRuleOptions rule) : TextRule(rule.Name, rule.Replacement, needs: "")
{
    private static readonly TimeSpan MostTime = TimeSpan.FromMilliseconds(250);

    private readonly Regex regex = new(rule.Pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, MostTime);

    public override void Find(string text, ref List<Finding>? findings)
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        try
        {
            foreach (var match in regex.EnumerateMatches(text))
            {
                Add(ref findings, match.Index, match.Index + match.Length);
                if (System.Diagnostics.Stopwatch.GetElapsedTime(started) > MostTime)
                {
                    throw new RegexMatchTimeoutException();
                }
            }
        }
        catch (RegexMatchTimeoutException)
        {
            Add(ref findings, 0, text.Length);
        }
    }
}
