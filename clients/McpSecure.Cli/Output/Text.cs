using System.Globalization;
using System.Text;
using System.Text.Unicode;

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

    /// <summary>Answers null for a text that the wire leaves empty: it is not there.</summary>
    public static string? Given(string text) => text.Length > 0 ? text : null;

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
            if (Steers(rune))
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

    /// <summary>
    /// Writes a text of others on one line with single spaces, so that it can forge neither a line nor a column of those that we write
    /// (CWE-117). Answers <see cref="None"/> where nothing is left.
    /// </summary>
    public static string OneLine(string text) =>
        string.Join(' ', text.ReplaceLineEndings(" ").Split(' ', StringSplitOptions.RemoveEmptyEntries)) is { Length: > 0 } line
            ? Printable(line)
            : None;

    /// <summary>Answers what UTF-8 says; null where the bytes are none.</summary>
    public static string? OfUtf8(ReadOnlySpan<byte> bytes) => Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>Tells whether a character steers the terminal or turns the direction of writing; a line feed does not.</summary>
    public static bool Steers(Rune rune) =>
        rune.Value != '\n'
        && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
