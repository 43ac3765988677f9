using System.Text;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// A compiled pattern of Python's <c>fnmatchcase</c>: <c>*</c> any run, <c>?</c> any character, <c>[seq]</c>, <c>[!seq]</c>;
/// case-sensitive, over the whole text, by Unicode code points. Matching takes time linear in the text whatever the pattern is:
/// it follows all places of the pattern at once as bits (Baeza-Yates and Gonnet, "A New Approach to Text Searching", 1992).
/// </summary>
public sealed class FnmatchPattern
{
    /// <summary>The most characters of a pattern.</summary>
    public const int MaxLength = 256;

    private const int BitsPerWord = 64;
    private const int AsciiCount = 128;

    private readonly FnmatchSyntax syntax;
    private readonly string? literal;
    private readonly bool literalIsPrefix;
    private readonly int words;
    private readonly ulong[] stars;
    private readonly ulong[] ascii;

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="ArgumentException">The pattern is longer than <see cref="MaxLength"/>.</exception>
    public FnmatchPattern(string pattern)
    {
        if (pattern.Length > MaxLength)
        {
            throw new ArgumentException($"A pattern has at most {MaxLength} characters.", nameof(pattern));
        }

        Text = pattern;
        syntax = FnmatchSyntax.Read(pattern);
        literal = LiteralOf(syntax, out literalIsPrefix);
        words = (syntax.Characters.Count / BitsPerWord) + 1;
        stars = new ulong[words];
        foreach (var place in syntax.Stars)
        {
            SetBit(stars, place);
        }

        ascii = literal is null ? new ulong[AsciiCount * words] : [];
        for (var codePoint = 0; codePoint * words < ascii.Length; codePoint++)
        {
            ReadPlaces(codePoint, ascii.AsSpan(codePoint * words, words));
        }
    }

    /// <summary>Gets the pattern as it was written.</summary>
    public string Text { get; }

    /// <summary>Tells whether the whole text matches.</summary>
    public bool Matches(string text)
    {
        if (literal is not null)
        {
            return literalIsPrefix ? text.StartsWith(literal, StringComparison.Ordinal) : string.Equals(text, literal, StringComparison.Ordinal);
        }

        // Bit i: the text so far matches the first i places.
        Span<ulong> reached = stackalloc ulong[words];
        Span<ulong> places = stackalloc ulong[words];
        reached[0] = 1;
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii)
            {
                Step(reached, ascii.AsSpan(rune.Value * words, words));
            }
            else
            {
                places.Clear();
                ReadPlaces(rune.Value, places);
                Step(reached, places);
            }
        }

        return IsEndReached(reached);
    }

    /// <summary>
    /// Tells whether every text that matches the other pattern surely matches this one. May answer no where it takes the interplay of
    /// several stars to see it, and never yes wrongly.
    /// </summary>
    public bool Covers(FnmatchPattern other)
    {
        // Bit i: whichever text the other pattern's places so far stand for, it matches our first i places.
        Span<ulong> reached = stackalloc ulong[words];
        Span<ulong> places = stackalloc ulong[words];
        reached[0] = 1;
        for (var i = 0; i <= other.syntax.Characters.Count; i++)
        {
            if (other.syntax.Stars.Contains(i))
            {
                // Whatever runs in there, only our own stars stay where they are.
                for (var word = 0; word < words; word++)
                {
                    reached[word] &= stars[word];
                }
            }

            if (i < other.syntax.Characters.Count)
            {
                places.Clear();
                for (var place = 0; place < syntax.Characters.Count; place++)
                {
                    if (syntax.Characters[place].Contains(other.syntax.Characters[i]))
                    {
                        SetBit(places, place);
                    }
                }

                Step(reached, places);
            }
        }

        return IsEndReached(reached);
    }

    /// <summary>Writes the pattern as it was written.</summary>
    /// <summary>Tells whether some text matches both patterns. Takes time in proportion to the product of their lengths.</summary>
    public bool Overlaps(FnmatchPattern other)
    {
        // Place i of ours and j of theirs are reached by a common text: a row for each of our places.
        var ours = syntax.Characters;
        var theirs = other.syntax.Characters;
        var row = new bool[theirs.Count + 1];
        var next = new bool[theirs.Count + 1];
        row[0] = true;
        for (var i = 0; i <= ours.Count; i++)
        {
            Array.Clear(next);
            for (var j = 0; j <= theirs.Count; j++)
            {
                if (!row[j])
                {
                    continue;
                }

                if (j < theirs.Count && syntax.Stars.Contains(i) && theirs[j].Overlaps(CharacterSet.All))
                {
                    row[j + 1] = true;
                }

                if (i < ours.Count && other.syntax.Stars.Contains(j) && ours[i].Overlaps(CharacterSet.All))
                {
                    next[j] = true;
                }

                if (i < ours.Count && j < theirs.Count && ours[i].Overlaps(theirs[j]))
                {
                    next[j + 1] = true;
                }
            }

            if (i < ours.Count)
            {
                (row, next) = (next, row);
            }
        }

        return row[theirs.Count];
    }

    public override string ToString() => Text;

    // Reads one character: where it is what a place asks for, that place is behind us; where a star stands, we may also stay.
    private void Step(Span<ulong> reached, ReadOnlySpan<ulong> places)
    {
        ulong carry = 0;
        for (var word = 0; word < reached.Length; word++)
        {
            var met = reached[word] & places[word];
            reached[word] = (met << 1) | carry | (reached[word] & stars[word]);
            carry = met >> (BitsPerWord - 1);
        }
    }

    private bool IsEndReached(ReadOnlySpan<ulong> reached)
    {
        var end = syntax.Characters.Count;
        return (reached[end / BitsPerWord] & (1UL << (end % BitsPerWord))) != 0;
    }

    private void ReadPlaces(int codePoint, Span<ulong> places)
    {
        for (var place = 0; place < syntax.Characters.Count; place++)
        {
            if (syntax.Characters[place].Contains(codePoint))
            {
                SetBit(places, place);
            }
        }
    }

    private static void SetBit(Span<ulong> words, int bit) => words[bit / BitsPerWord] |= 1UL << (bit % BitsPerWord);

    // The two forms that nearly all patterns have need no table: a word, and a word with one star behind it.
    private static string? LiteralOf(FnmatchSyntax syntax, out bool isPrefix)
    {
        isPrefix = syntax.Stars.Count == 1 && syntax.Stars.Contains(syntax.Characters.Count);
        if ((syntax.Stars.Count > 0 && !isPrefix) || syntax.Characters.Any(set => set.OnlyMember is null))
        {
            return null;
        }

        return string.Concat(syntax.Characters.Select(set => new Rune(set.OnlyMember!.Value).ToString()));
    }
}
