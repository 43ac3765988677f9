using System.Globalization;
using System.Text;

namespace McpSecure.ApiKey;

/// <summary>
/// Says what a name that people read must be, so that no two look alike and none says something else than it is: printable characters, the letters of
/// one script (after UTS #39 §5.1, single script), spaces only between them.
/// </summary>
internal static class DisplayName
{
    public const int MaxLength = 100;

    /// <summary>Says what is wrong with a name; null: nothing.</summary>
    public static string? WhyNot(string name)
    {
        if (name.Length == 0 || name.EnumerateRunes().Count() > MaxLength)
        {
            return $"must have 1 to {MaxLength} characters.";
        }

        if (name[0] == ' ' || name[^1] == ' ' || name.Contains("  ", StringComparison.Ordinal))
        {
            return "must have no space at its ends and no two in a row.";
        }

        var scripts = ScriptSet.Any;
        var isFirst = true;
        foreach (var rune in name.EnumerateRunes())
        {
            if (!IsPrintable(rune) || (isFirst && Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark))
            {
                return $"holds U+{rune.Value:X4}, which cannot be seen or looks like something else.";
            }

            scripts &= Scripts.Of(rune);
            isFirst = false;
        }

        return scripts == ScriptSet.None ? "must have the letters of one script only." : null;
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        // Not other spaces, line breaks, marks of direction, private and unassigned characters, halves of pairs.
        UnicodeCategory.SpaceSeparator => rune.Value == ' ',
        UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => false,
        _ => rune.Value != Rune.ReplacementChar.Value && !Scripts.IsStyled(rune),
    };
}
