namespace McpSecure.ServiceDefaults;

/// <summary>Reads a pattern as Python 3.11's <c>fnmatch.translate</c> reads it, its corner cases included.</summary>
/// <param name="Characters">What each place of the text between the stars must be.</param>
/// <param name="Stars">The places before which any run of characters may stand, from 0 to the count of <paramref name="Characters"/>.</param>
public sealed record FnmatchSyntax(IReadOnlyList<CharacterSet> Characters, IReadOnlySet<int> Stars)
{
    /// <summary>Reads a pattern. Every string is one: a bracket that is never closed stands for itself.</summary>
    public static FnmatchSyntax Read(string pattern)
    {
        var source = pattern.EnumerateRunes().Select(rune => rune.Value).ToArray();
        var characters = new List<CharacterSet>();
        var stars = new HashSet<int>();
        for (var i = 0; i < source.Length; i++)
        {
            switch (source[i])
            {
                case '*':
                    stars.Add(characters.Count);
                    break;
                case '?':
                    characters.Add(CharacterSet.All);
                    break;
                case '[' when ClosingBracket(source, i) is { } end:
                    characters.Add(ReadBrackets(source.AsSpan(i + 1, end - i - 1)));
                    i = end;
                    break;
                default:
                    characters.Add(CharacterSet.Of(source[i]));
                    break;
            }
        }

        return new(characters, stars);
    }

    // A bracket right behind the opening one, or behind its exclamation mark, is a member and closes nothing.
    private static int? ClosingBracket(int[] source, int open)
    {
        var from = open + 1;
        from += from < source.Length && source[from] == '!' ? 1 : 0;
        from += from < source.Length && source[from] == ']' ? 1 : 0;
        var end = from < source.Length ? Array.IndexOf(source, ']', from) : -1;
        return end < 0 ? null : end;
    }

    private static CharacterSet ReadBrackets(ReadOnlySpan<int> inner)
    {
        var pieces = SplitAtRanges(inner);
        DropEmptyRanges(pieces);

        // Only dropping ranges leaves nothing: a set that nothing is in, whose complement is everything.
        var negated = pieces[0] is ['!', ..];
        if (negated)
        {
            pieces[0].RemoveAt(0);
        }

        var ranges = new List<(int First, int Last)>();
        foreach (var piece in pieces)
        {
            ranges.AddRange(piece.Select(member => (member, member)));
        }

        for (var i = 1; i < pieces.Count; i++)
        {
            // Where dropping has left nothing before a hyphen, the hyphen is a member.
            ranges.Add(pieces[i - 1] is [.., var first] ? (first, pieces[i][0]) : ('-', '-'));
        }

        var set = CharacterSet.Of(ranges);
        return negated ? set.Complement() : set;
    }

    // [a-cx-z] becomes "a", "cx", "z": a range lies between the end of one piece and the start of the next. A hyphen at either
    // end, or right behind a range, is a member.
    private static List<List<int>> SplitAtRanges(ReadOnlySpan<int> inner)
    {
        var pieces = new List<List<int>>();
        var start = 0;
        var search = inner[0] == '!' ? 2 : 1;
        while (search < inner.Length && inner[search..].IndexOf('-') is >= 0 and var offset)
        {
            var hyphen = search + offset;
            pieces.Add([.. inner[start..hyphen]]);
            start = hyphen + 1;
            search = hyphen + 3;
        }

        if (start < inner.Length)
        {
            pieces.Add([.. inner[start..]]);
        }
        else
        {
            pieces[^1].Add('-');
        }

        return pieces;
    }

    // [c-a] is empty, so both its ends go. Done from the back, as in the original: what is left decides about the range before.
    private static void DropEmptyRanges(List<List<int>> pieces)
    {
        for (var i = pieces.Count - 1; i > 0; i--)
        {
            if (pieces[i - 1][^1] > pieces[i][0])
            {
                pieces[i - 1].RemoveAt(pieces[i - 1].Count - 1);
                pieces[i - 1].AddRange(pieces[i].Skip(1));
                pieces.RemoveAt(i);
            }
        }
    }
}
