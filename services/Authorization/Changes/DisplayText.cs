using System.Globalization;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>
/// Checks texts that people read, so that none can be mistaken for another one's: printable ASCII, and beyond it letters of one script, or of one
/// of the groups that are written together with Latin ones, after the level "Highly Restrictive" of Unicode Technical Standard 39 §5.2. Letters
/// with marks are written as one character (normal form C), so that a mark of its own counts only in scripts that cannot do without.
/// A word that is wholly of look-alike letters of another script passes: what tells organizations apart is the name, which is ASCII.
/// </summary>
internal static class DisplayText
{
    private static readonly Script[] Scripts =
    [
        // Without the letters that look like punctuation (U+01C0 to U+01C3).
        new("Latin", WithLatin: true, [('\u00C0', '\u00D6'), ('\u00D8', '\u00F6'), ('\u00F8', '\u01BF'), ('\u01C4', '\u024F'), ('\u1E00', '\u1EFF')]),
        new("Greek", WithLatin: false, [('\u0386', '\u0386'), ('\u0388', '\u03FF')]),
        new("Cyrillic", WithLatin: false, [('\u0400', '\u0481'), ('\u048A', '\u052F')]),
        new("Armenian", WithLatin: false, [('\u0531', '\u0556'), ('\u0561', '\u0587')]),
        new("Hebrew", WithLatin: false, [('\u05B0', '\u05C2'), ('\u05D0', '\u05F2')]),
        new("Arabic", WithLatin: false, [('\u0620', '\u064A'), ('\u064B', '\u0652'), ('\u0671', '\u06D3')]),

        // Without the letters that normal form C takes apart (Unicode composition exclusions).
        new("Devanagari", WithLatin: false, [('\u0901', '\u0957'), ('\u0960', '\u0963'), ('\u0966', '\u096F')]),
        new("Bengali", WithLatin: false, [('\u0981', '\u09D7'), ('\u09E0', '\u09E3'), ('\u09E6', '\u09EF')]),
        new("Tamil", WithLatin: false, [('\u0B82', '\u0BD7'), ('\u0BE6', '\u0BEF')]),
        new("Thai", WithLatin: false, [('\u0E01', '\u0E3A'), ('\u0E40', '\u0E4E'), ('\u0E50', '\u0E59')]),
        new("Georgian", WithLatin: false, [('\u10D0', '\u10FA'), ('\u1C90', '\u1CBA')]),
        new("Korean", WithLatin: true, [('\uAC00', '\uD7A3')]),
        new("Japanese or Chinese", WithLatin: true, [('\u3005', '\u3007'), ('\u3041', '\u3096'), ('\u30A1', '\u30FA'), ('\u30FC', '\u30FC'), ('\u4E00', '\u9FFF')]),
    ];

    /// <summary>Checks a text.</summary>
    /// <exception cref="Refusal">FIELD_INVALID.</exception>
    public static string Read(string text, string field) =>
        WhyNot(text) is { } fault ? throw Refusal.InvalidField(field, fault) : text;

    private static string? WhyNot(string text)
    {
        if (text.StartsWith(' ') || text.EndsWith(' ') || text.Contains("  ", StringComparison.Ordinal))
        {
            return "must neither begin nor end with a space, nor hold two together.";
        }

        Script? script = null;
        var hasLatin = false;
        foreach (var character in text)
        {
            if (char.IsAscii(character))
            {
                if (char.IsControl(character))
                {
                    return "must not hold control characters.";
                }

                hasLatin |= char.IsAsciiLetter(character);
                continue;
            }

            if (Scripts.FirstOrDefault(candidate => candidate.Has(character)) is not { } found || !IsWritten(character))
            {
                return $"must be printable ASCII characters and letters; U+{(int)character:X4} is neither, or is no letter of a script that is known here.";
            }

            hasLatin |= found == Scripts[0];
            if (found != Scripts[0])
            {
                if (script is not null && script != found)
                {
                    return $"must be of one script: {script.Name} or {found.Name}.";
                }

                script = found;
            }
        }

        return hasLatin && script is { WithLatin: false } ? $"must be of one script: Latin or {script.Name}." : null;
    }

    private static bool IsWritten(char character) => CharUnicodeInfo.GetUnicodeCategory(character) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.OtherLetter
        or UnicodeCategory.ModifierLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber;

    private sealed record Script(string Name, bool WithLatin, (char First, char Last)[] Ranges)
    {
        public bool Has(char character) => Ranges.Any(range => range.First <= character && character <= range.Last);
    }
}
