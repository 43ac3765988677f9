namespace McpSecure.ServiceDefaults;

/// <summary>A set of Unicode code points, as sorted ranges that neither overlap nor touch.</summary>
public sealed class CharacterSet
{
    private const int LastCodePoint = 0x10FFFF;

    private readonly (int First, int Last)[] ranges;

    private CharacterSet((int First, int Last)[] ranges) => this.ranges = ranges;

    /// <summary>Gets the set of all code points.</summary>
    public static CharacterSet All { get; } = new([(0, LastCodePoint)]);

    /// <summary>Makes the set of one code point.</summary>
    public static CharacterSet Of(int codePoint) => new([(codePoint, codePoint)]);

    /// <summary>Makes the union of ranges, both ends included; a range whose first is behind its last is empty.</summary>
    public static CharacterSet Of(IEnumerable<(int First, int Last)> ranges)
    {
        var merged = new List<(int First, int Last)>();
        foreach (var range in ranges.Where(range => range.First <= range.Last).OrderBy(range => range.First))
        {
            if (merged.Count > 0 && range.First <= merged[^1].Last + 1)
            {
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, range.Last));
            }
            else
            {
                merged.Add(range);
            }
        }

        return new([.. merged]);
    }

    /// <summary>Makes the set of all code points that are not in this one.</summary>
    public CharacterSet Complement()
    {
        var gaps = new List<(int First, int Last)>();
        var next = 0;
        foreach (var (first, last) in ranges)
        {
            gaps.Add((next, first - 1));
            next = last + 1;
        }

        gaps.Add((next, LastCodePoint));
        return Of(gaps);
    }

    /// <summary>Tells whether a code point is in this set.</summary>
    public bool Contains(int codePoint)
    {
        foreach (var (first, last) in ranges)
        {
            if (codePoint <= last)
            {
                return codePoint >= first;
            }
        }

        return false;
    }

    /// <summary>Tells whether every code point of the other set is in this one.</summary>
    public bool Contains(CharacterSet other) =>
        // Ranges do not touch, so a range of the other is covered by one of ours or not at all.
        other.ranges.All(theirs => ranges.Any(ours => ours.First <= theirs.First && theirs.Last <= ours.Last));

    /// <summary>Tells whether some code point is in both sets.</summary>
    public bool Overlaps(CharacterSet other)
    {
        // Both are sorted: whichever range ends first can meet nothing further on.
        for (int ours = 0, theirs = 0; ours < ranges.Length && theirs < other.ranges.Length;)
        {
            if (ranges[ours].First <= other.ranges[theirs].Last && other.ranges[theirs].First <= ranges[ours].Last)
            {
                return true;
            }

            if (ranges[ours].Last < other.ranges[theirs].Last)
            {
                ours++;
            }
            else
            {
                theirs++;
            }
        }

        return false;
    }

    /// <summary>Gets the code point of a set that has one, else null.</summary>
    public int? OnlyMember => ranges is [var (first, last)] && first == last ? first : null;
}
