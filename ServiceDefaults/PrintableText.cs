using System.Buffers;
using System.Text;

namespace McpSecure.ServiceDefaults;

/// <summary>Makes text that somebody else chose fit to be stored, sent and logged: no control characters, no halves of characters, not too long.</summary>
internal static class PrintableText
{
    // Unicode category Cc: U+0000 to U+001F and U+007F to U+009F.
    private static readonly SearchValues<char> Suspects = SearchValues.Create(
    [
        .. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Concat(Enumerable.Range(0xD800, 0x800)).Select(c => (char)c),
    ]);

    /// <summary>
    /// Returns the text in at most <paramref name="longest"/> UTF-16 units: cut between characters, which a last <c>…</c> shows, and with
    /// U+FFFD for each control character and each half of a surrogate pair.
    /// </summary>
    public static string Of(string text, int longest)
    {
        if (text.Length > longest)
        {
            var end = char.IsHighSurrogate(text[longest - 2]) ? longest - 2 : longest - 1;
            text = string.Concat(text.AsSpan(0, end), "…");
        }

        return text.AsSpan().ContainsAny(Suspects) ? Cleaned(text) : text;
    }

    private static string Cleaned(string text)
    {
        var cleaned = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) // gives U+FFFD for half a pair
        {
            cleaned.Append(Rune.IsControl(rune) ? Rune.ReplacementChar : rune);
        }

        return cleaned.ToString();
    }
}
