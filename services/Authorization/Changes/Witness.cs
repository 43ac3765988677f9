using System.Text;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Makes up resources that a pattern matches.</summary>
internal static class Witness
{
    // What a resource may hold, the plainest first.
    private const string Characters = "xabcdefghijklmnopqrstuvwyz0123456789-_/.:@ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /// <summary>Tells whether a pattern means nothing but itself.</summary>
    public static bool IsLiteral(string pattern) => pattern.AsSpan().IndexOfAny("*?[") < 0;

    /// <summary>Gives resources that match: with something where its stars are, and with nothing there, where these are resources.</summary>
    public static IEnumerable<string> Of(FnmatchPattern pattern)
    {
        var syntax = FnmatchSyntax.Read(pattern.Text);
        return new[] { Of(syntax, star: ""), Of(syntax, star: "x") }.OfType<string>().Where(IsResource).Distinct(StringComparer.Ordinal);
    }

    private static string? Of(FnmatchSyntax syntax, string star)
    {
        var text = new StringBuilder();
        for (var i = 0; i <= syntax.Characters.Count; i++)
        {
            text.Append(syntax.Stars.Contains(i) ? star : "");
            if (i < syntax.Characters.Count)
            {
                var place = syntax.Characters[i];
                var fitting = Characters.FirstOrDefault(character => place.Contains(character));
                if (fitting == default)
                {
                    return null;
                }

                text.Append(fitting);
            }
        }

        return text.ToString();
    }

    private static bool IsResource(string text) =>
        text.Length is > 0 and <= 256 && text.Split('/').All(segment => segment is not ("" or "." or ".."));
}
