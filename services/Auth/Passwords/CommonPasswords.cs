using System.Collections.Immutable;

namespace McpSecure.Auth;

/// <summary>
/// Knows what is tried first. At twelve characters and more, common passwords are put together from a few pieces: listed words, years,
/// runs along the alphabet or the keyboard, repetitions. So it counts the pieces: what needs fewer than <see cref="FewestPieces"/> is
/// common, whatever its length.
/// </summary>
internal static class CommonPasswords
{
    /// <summary>The fewest pieces of a password that is not common.</summary>
    public const int FewestPieces = 5;

    private static readonly ImmutableArray<string> Words = ReadWords();

    // Forwards and backwards, and on from the end to the beginning.
    private static readonly ImmutableArray<string> Runs =
        ["abcdefghijklmnopqrstuvwxyz", "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "!@#$%^&*()"];

    /// <summary>Returns whether a password is one that is tried first.</summary>
    public static bool IsCommon(string password)
    {
        var text = password.ToLowerInvariant();
        var unit = Unit(text);

        // A repetition is as strong as what it repeats, which alone would be too short.
        return (unit < text.Length && unit < PasswordRules.Shortest) || Pieces(text) < FewestPieces;
    }

    /// <summary>Counts the fewest pieces that make a text. What parts words counts for nothing.</summary>
    internal static int Pieces(ReadOnlySpan<char> text)
    {
        // fewest[i]: for the first i characters.
        Span<int> fewest = stackalloc int[text.Length + 1];
        fewest[0] = 0;
        for (var end = 1; end <= text.Length; end++)
        {
            var free = text[end - 1] is ' ' or '-' or '_' or '.' || (end > 1 && GoesOn(text[end - 2], text[end - 1]));
            fewest[end] = fewest[end - 1] + (free ? 0 : 1);
            if (end >= 4 && IsYear(text[(end - 4)..end]))
            {
                fewest[end] = Math.Min(fewest[end], fewest[end - 4] + 1);
            }

            foreach (var word in Words)
            {
                if (EndsWith(text[..end], word))
                {
                    fewest[end] = Math.Min(fewest[end], fewest[end - word.Length] + 1);
                }
            }
        }

        return fewest[text.Length];
    }

    // The length of the shortest text that makes this one when it is repeated, the last time perhaps not to its end:
    // the length less the longest border (Knuth, Morris and Pratt's failure function).
    private static int Unit(string text)
    {
        var border = new int[text.Length];
        for (int i = 1, matched = 0; i < text.Length; i++)
        {
            while (matched > 0 && text[i] != text[matched])
            {
                matched = border[matched - 1];
            }

            matched += text[i] == text[matched] ? 1 : 0;
            border[i] = matched;
        }

        return text.Length - border[^1];
    }

    private static bool GoesOn(char before, char next)
    {
        if (before == next)
        {
            return true;
        }

        foreach (var run in Runs)
        {
            for (var i = 0; i < run.Length; i++)
            {
                var after = run[(i + 1) % run.Length];
                if ((run[i] == before && after == next) || (run[i] == next && after == before))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsYear(ReadOnlySpan<char> text) =>
        text is ['1', '9', >= '0' and <= '9', >= '0' and <= '9'] or ['2', '0', >= '0' and <= '9', >= '0' and <= '9'];

    private static bool EndsWith(ReadOnlySpan<char> text, string word)
    {
        if (text.Length < word.Length)
        {
            return false;
        }

        var tail = text[^word.Length..];
        for (var i = 0; i < word.Length; i++)
        {
            if (tail[i] != word[i] && !StandsFor(tail[i], word[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool StandsFor(char written, char letter) => written switch
    {
        '0' => letter == 'o',
        '1' or '!' or '|' => letter is 'i' or 'l',
        '2' => letter == 'z',
        '3' or '€' => letter == 'e',
        '4' or '@' => letter == 'a',
        '5' or '$' => letter == 's',
        '6' or '9' => letter == 'g',
        '7' or '+' => letter == 't',
        '8' => letter == 'b',
        _ => false,
    };

    private static ImmutableArray<string> ReadWords()
    {
        using var reader = new StreamReader(typeof(CommonPasswords).Assembly.GetManifestResourceStream("common-words.txt")!);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(line => line[0] != '#')];
    }
}
