using System.Globalization;
using System.Text;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Checks texts that people read, so that none can be mistaken for another one's: printable ASCII, and beyond it letters of one script, or of one
/// of the groups that are written together with Latin ones, after the level "Highly Restrictive" of Unicode Technical Standard 39 §5.2. Other punctuation
/// and symbols are refused, since most of them look like ASCII's or like each other. Letters with marks are written as one character where there is one
/// (normal form C), so that a mark of its own counts only in scripts that cannot do without. A word that is wholly of look-alike letters of another
/// script passes: what tells things apart for sure is an id or a name in ASCII.
/// </summary>
public static class DisplayText
{
    // What Latin letters may stand with. Each of the groups that follow is one of these and Latin: Japanese, Chinese, Korean.
    private const Writing Latin = Writing.Latin | Writing.Japanese | Writing.Chinese | Writing.Korean;
    private const Writing Han = Writing.Japanese | Writing.Chinese | Writing.Korean;

    // Without letters that look like punctuation (U+01C0 to U+01C3), stretch others (U+0640), or that normal form C takes apart.
    private static readonly (int First, int Last, Writing Writing)[] Letters =
    [
        (0x00C0, 0x00D6, Latin), (0x00D8, 0x00F6, Latin), (0x00F8, 0x01BF, Latin), (0x01C4, 0x024F, Latin), (0x1E00, 0x1EFF, Latin),
        (0x0386, 0x0386, Writing.Greek), (0x0388, 0x03FF, Writing.Greek),
        (0x0400, 0x0481, Writing.Cyrillic), (0x048A, 0x052F, Writing.Cyrillic),
        (0x0531, 0x0556, Writing.Armenian), (0x0561, 0x0587, Writing.Armenian),
        (0x05B0, 0x05C2, Writing.Hebrew), (0x05D0, 0x05F2, Writing.Hebrew),
        (0x0620, 0x063F, Writing.Arabic), (0x0641, 0x0652, Writing.Arabic), (0x0671, 0x06D3, Writing.Arabic),
        (0x0901, 0x0957, Writing.Devanagari), (0x0960, 0x0963, Writing.Devanagari), (0x0966, 0x096F, Writing.Devanagari),
        (0x0981, 0x09D7, Writing.Bengali), (0x09E0, 0x09E3, Writing.Bengali), (0x09E6, 0x09EF, Writing.Bengali),
        (0x0A01, 0x0A32, Writing.Gurmukhi), (0x0A34, 0x0A35, Writing.Gurmukhi), (0x0A38, 0x0A51, Writing.Gurmukhi), (0x0A66, 0x0A74, Writing.Gurmukhi),
        (0x0A81, 0x0ACD, Writing.Gujarati), (0x0AE0, 0x0AE3, Writing.Gujarati), (0x0AE6, 0x0AEF, Writing.Gujarati),
        (0x0B82, 0x0BD7, Writing.Tamil), (0x0BE6, 0x0BEF, Writing.Tamil),
        (0x0C01, 0x0C63, Writing.Telugu), (0x0C66, 0x0C6F, Writing.Telugu),
        (0x0C82, 0x0CE3, Writing.Kannada), (0x0CE6, 0x0CEF, Writing.Kannada),
        (0x0D02, 0x0D63, Writing.Malayalam), (0x0D66, 0x0D6F, Writing.Malayalam), (0x0D7A, 0x0D7F, Writing.Malayalam),
        (0x0E01, 0x0E3A, Writing.Thai), (0x0E40, 0x0E4E, Writing.Thai), (0x0E50, 0x0E59, Writing.Thai),
        (0x10D0, 0x10FA, Writing.Georgian), (0x1C90, 0x1CBA, Writing.Georgian),
        (0x1200, 0x137F, Writing.Ethiopic),
        (0xAC00, 0xD7A3, Writing.Korean),
        (0x3041, 0x3096, Writing.Japanese), (0x30A1, 0x30FA, Writing.Japanese), (0x30FC, 0x30FC, Writing.Japanese),
        (0x3005, 0x3007, Han), (0x3400, 0x4DBF, Han), (0x4E00, 0x9FFF, Han), (0x20000, 0x2F7FF, Han), (0x30000, 0x323AF, Han),
    ];

    // Letters and signs of the ranges above that normal form C writes as one character, as Python's unicodedata finds them.
    private static readonly string[] Composed =
    [
        "\u0928\u093C", "\u0930\u093C", "\u0933\u093C", "\u09C7\u09BE", "\u09C7\u09D7", "\u0B92\u0BD7", "\u0BC6\u0BBE", "\u0BC6\u0BD7", "\u0BC7\u0BBE",
        "\u0C46\u0C56", "\u0CBF\u0CD5", "\u0CC6\u0CC2", "\u0CC6\u0CD5", "\u0CC6\u0CD6", "\u0CCA\u0CD5", "\u0D46\u0D3E", "\u0D46\u0D57", "\u0D47\u0D3E",
    ];

    [Flags]
    private enum Writing
    {
        None = 0,
        Latin = 1 << 0,
        Greek = 1 << 1,
        Cyrillic = 1 << 2,
        Armenian = 1 << 3,
        Hebrew = 1 << 4,
        Arabic = 1 << 5,
        Devanagari = 1 << 6,
        Bengali = 1 << 7,
        Gurmukhi = 1 << 8,
        Gujarati = 1 << 9,
        Tamil = 1 << 10,
        Telugu = 1 << 11,
        Kannada = 1 << 12,
        Malayalam = 1 << 13,
        Thai = 1 << 14,
        Georgian = 1 << 15,
        Ethiopic = 1 << 16,
        Korean = 1 << 17,
        Japanese = 1 << 18,
        Chinese = 1 << 19,
        Any = (1 << 20) - 1,
    }

    /// <summary>Gives the text back if it can be shown; an empty one can. Its length is the contract's matter.</summary>
    /// <param name="text">The text.</param>
    /// <param name="field">The path of its field, which a refusal names.</param>
    /// <exception cref="Refusal">FIELD_INVALID.</exception>
    public static string Read(string text, string field) => WhyNot(text) is { } fault ? throw Refusal.InvalidField(field, fault) : text;

    /// <summary>Says why a text cannot be shown, as the end of a sentence about its field; null: it can.</summary>
    public static string? WhyNot(string text)
    {
        if (text.StartsWith(' ') || text.EndsWith(' ') || text.Contains("  ", StringComparison.Ordinal))
        {
            return "must neither begin nor end with a space, nor hold two together.";
        }

        var writing = Writing.Any;
        var mayHaveMark = false;
        foreach (var rune in text.EnumerateRunes()) // gives U+FFFD for half a pair
        {
            var own = WritingOf(rune);
            var isMark = Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
            if (own == Writing.None || (isMark && !mayHaveMark))
            {
                return $"must be printable ASCII characters and letters; U+{rune.Value:X4} is neither here, or is no letter of a script that is known here.";
            }

            if ((writing &= own) == Writing.None)
            {
                return $"must be of one script; U+{rune.Value:X4} is of another than what stands before it.";
            }

            mayHaveMark = !rune.IsAscii;
        }

        return Array.Exists(Composed, pair => text.Contains(pair, StringComparison.Ordinal))
            ? "must be in Unicode normal form C: one character where there is one for a letter and its mark."
            : null;
    }

    /// <summary>Tells with which writing a character can stand: none where it cannot stand anywhere.</summary>
    private static Writing WritingOf(Rune rune)
    {
        if (rune.IsAscii)
        {
            return Rune.IsControl(rune) ? Writing.None : Rune.IsLetter(rune) ? Latin : Writing.Any;
        }

        return IsWritten(rune) ? Array.Find(Letters, range => range.First <= rune.Value && rune.Value <= range.Last).Writing : Writing.None;
    }

    private static bool IsWritten(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.OtherLetter
        or UnicodeCategory.ModifierLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber;
}
