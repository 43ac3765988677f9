using System.Buffers;

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

    // What is not compared unit by unit: what stands for something else than itself, and what may be half a character or replace one.
    private static readonly SearchValues<char> Special = SearchValues.Create(
        ['*', '?', '[', '\uFFFD', .. Enumerable.Range(0xD800, 0x800).Select(unit => (char)unit)]);

    // The forms that nearly all patterns have need no automaton: a word, and words with one star before, between or behind them.
    private readonly string? word;
    private readonly string? before;
    private readonly string? behind;
    private Automaton? automaton;

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="ArgumentException">The pattern is longer than <see cref="MaxLength"/>.</exception>
    public FnmatchPattern(string pattern)
    {
        if (pattern.Length > MaxLength)
        {
            throw new ArgumentException($"A pattern has at most {MaxLength} characters.", nameof(pattern));
        }

        Text = pattern;
        var special = pattern.AsSpan().IndexOfAny(Special);
        if (special < 0)
        {
            word = pattern;
        }
        else if (pattern[special] == '*' && !pattern.AsSpan(special + 1).ContainsAny(Special))
        {
            (before, behind) = (pattern[..special], pattern[(special + 1)..]);
        }
    }

    /// <summary>Gets the pattern as it was written.</summary>
    public string Text { get; }

    /// <summary>Tells whether the whole text matches.</summary>
    public bool Matches(string text)
    {
        if (word is not null)
        {
            return string.Equals(text, word, StringComparison.Ordinal);
        }

        return before is not null
            ? text.Length >= before.Length + behind!.Length && text.StartsWith(before, StringComparison.Ordinal) && text.EndsWith(behind, StringComparison.Ordinal)
            : Compiled.Matches(text);
    }

    /// <summary>
    /// Tells whether every text that matches the other pattern surely matches this one. May answer no where it takes the interplay of
    /// several stars to see it, and never yes wrongly.
    /// </summary>
    public bool Covers(FnmatchPattern other) => Compiled.Covers(other.Compiled);

    /// <summary>Tells whether some text matches both patterns. Takes time in proportion to the product of their lengths.</summary>
    public bool Overlaps(FnmatchPattern other) => Compiled.Overlaps(other.Compiled);

    /// <summary>Writes the pattern as it was written.</summary>
    public override string ToString() => Text;

    // Made when it is first needed: most patterns of many are never asked for more than a comparison. Made twice by two threads, it is the same.
    private Automaton Compiled => automaton ??= new Automaton(Text);

    private sealed class Automaton
    {
        private readonly FnmatchSyntax syntax;
        private readonly int words;
        private readonly ulong[] stars;
        private ulong[]? ascii;

        public Automaton(string pattern)
        {
            syntax = FnmatchSyntax.Read(pattern);
            words = (syntax.Characters.Count / BitsPerWord) + 1;
            stars = new ulong[words];
            foreach (var place in syntax.Stars)
            {
                SetBit(stars, place);
            }
        }

        private ReadOnlySpan<ulong> Ascii => ascii ??= ReadAscii();

        public bool Matches(string text)
        {
            var table = Ascii;

            // Bit i: the text so far matches the first i places.
            Span<ulong> reached = stackalloc ulong[words];
            Span<ulong> places = stackalloc ulong[words];
            reached[0] = 1;
            foreach (var rune in text.EnumerateRunes())
            {
                if (rune.IsAscii)
                {
                    Step(reached, table.Slice(rune.Value * words, words));
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

        public bool Covers(Automaton other)
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

        public bool Overlaps(Automaton other)
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

        private ulong[] ReadAscii()
        {
            var read = new ulong[AsciiCount * words];
            for (var codePoint = 0; codePoint < AsciiCount; codePoint++)
            {
                ReadPlaces(codePoint, read.AsSpan(codePoint * words, words));
            }

            return read;
        }

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
    }
}
