using System.Globalization;
using System.Text;

namespace McpSecure.Cli.Output;

/// <summary>Writes values for people.</summary>
internal static class Text
{
    /// <summary>Stands for what is not there.</summary>
    public const string None = "-";

    /// <summary>Writes a time in UTC to the second.</summary>
    public static string Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? None;

    /// <summary>Writes a truth.</summary>
    public static string YesNo(bool value) => value ? "yes" : "no";

    /// <summary>Writes names one after the other.</summary>
    public static string List(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } list ? list : None;

    /// <summary>
    /// Replaces characters that would steer the terminal or turn the direction of writing: names and texts come from others, who
    /// must not be able to hide or forge what an administrator reads (Unicode TR 36; CWE-150).
    /// </summary>
    public static string Printable(string text)
    {
        var builder = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var steers = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            if (steers && rune.Value != '\n')
            {
                builder.Append($"\\u{{{rune.Value:x}}}");
            }
            else
            {
                builder.Append(rune.ToString());
            }
        }

        return builder.ToString();
    }
}
