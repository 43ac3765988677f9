using System.Text;

namespace McpSecure.ApiKey;

/// <summary>Lists scripts, as a set: some characters are written in several, and some languages need several (UTS #39 §5.1, augmented scripts).</summary>
[Flags]
internal enum ScriptSet
{
    None = 0,
    Latin = 1 << 0,
    Greek = 1 << 1,
    Cyrillic = 1 << 2,
    Armenian = 1 << 3,
    Hebrew = 1 << 4,
    Arabic = 1 << 5,
    Indic = 1 << 6,
    Thai = 1 << 7,
    Georgian = 1 << 8,
    Ethiopic = 1 << 9,
    Japanese = 1 << 10,
    Korean = 1 << 11,
    Chinese = 1 << 12,
    Other = 1 << 13,
    Any = (1 << 14) - 1,
}

/// <summary>Tells the script of a letter by the Unicode block that it stands in.</summary>
internal static class Scripts
{
    // In order. Indic scripts do not look alike each other, nor do those of Other and what they are seldom mixed with.
    private static readonly (int First, int Last, ScriptSet Scripts)[] Blocks =
    [
        (0x0041, 0x024F, ScriptSet.Latin),
        (0x0250, 0x02AF, ScriptSet.Latin), // IPA
        (0x0370, 0x03FF, ScriptSet.Greek),
        (0x0400, 0x052F, ScriptSet.Cyrillic),
        (0x0530, 0x058F, ScriptSet.Armenian),
        (0x0590, 0x05FF, ScriptSet.Hebrew),
        (0x0600, 0x077F, ScriptSet.Arabic),
        (0x08A0, 0x08FF, ScriptSet.Arabic),
        (0x0900, 0x0DFF, ScriptSet.Indic),
        (0x0E00, 0x0EFF, ScriptSet.Thai),
        (0x10A0, 0x10FF, ScriptSet.Georgian),
        (0x1100, 0x11FF, ScriptSet.Korean),
        (0x1200, 0x139F, ScriptSet.Ethiopic),
        (0x1C80, 0x1C8F, ScriptSet.Cyrillic),
        (0x1C90, 0x1CBF, ScriptSet.Georgian),
        (0x1E00, 0x1EFF, ScriptSet.Latin),
        (0x1F00, 0x1FFF, ScriptSet.Greek),
        (0x2C60, 0x2C7F, ScriptSet.Latin),
        (0x2D00, 0x2D2F, ScriptSet.Georgian),
        (0x2D80, 0x2DDF, ScriptSet.Ethiopic),
        (0x2DE0, 0x2DFF, ScriptSet.Cyrillic),
        (0x3005, 0x3007, ScriptSet.Japanese | ScriptSet.Korean | ScriptSet.Chinese),
        (0x3040, 0x30FF, ScriptSet.Japanese),
        (0x3100, 0x312F, ScriptSet.Chinese),
        (0x3130, 0x318F, ScriptSet.Korean),
        (0x31A0, 0x31BF, ScriptSet.Chinese),
        (0x31F0, 0x31FF, ScriptSet.Japanese),
        (0x3400, 0x9FFF, ScriptSet.Japanese | ScriptSet.Korean | ScriptSet.Chinese),
        (0xA640, 0xA69F, ScriptSet.Cyrillic),
        (0xA720, 0xA7FF, ScriptSet.Latin),
        (0xAC00, 0xD7FF, ScriptSet.Korean),
        (0x20000, 0x323AF, ScriptSet.Japanese | ScriptSet.Korean | ScriptSet.Chinese),
    ];

    /// <summary>Tells which scripts a character may stand in; what is no letter, or a mark upon one, may stand in any.</summary>
    public static ScriptSet Of(Rune rune)
    {
        if (!Rune.IsLetter(rune))
        {
            return ScriptSet.Any;
        }

        foreach (var (first, last, scripts) in Blocks)
        {
            if (rune.Value <= last)
            {
                return rune.Value >= first ? scripts : ScriptSet.Other;
            }
        }

        return ScriptSet.Other;
    }

    /// <summary>Tells whether a character is a letter or digit in another dress: wide, bold, circled, raised.</summary>
    public static bool IsStyled(Rune rune) => rune.Value
        is (>= 0x02B0 and <= 0x02FF) // modifier letters
        or (>= 0x1D00 and <= 0x1DBF) // phonetic, small capitals among them
        or (>= 0x2070 and <= 0x209F)
        or (>= 0x2100 and <= 0x218F)
        or (>= 0x2460 and <= 0x24FF)
        or (>= 0x3200 and <= 0x33FF)
        or (>= 0xAB30 and <= 0xABBF)
        or (>= 0xF900 and <= 0xFAFF)
        or (>= 0xFB00 and <= 0xFDFF)
        or (>= 0xFE00 and <= 0xFE0F) // variation selectors
        or (>= 0xFE70 and <= 0xFFEF)
        or (>= 0x1D400 and <= 0x1D7FF)
        or (>= 0x1F100 and <= 0x1F2FF)
        or (>= 0xE0000 and <= 0xE01EF);
}
