using System.Text;

namespace McpSecure.ServiceDefaults;

/// <summary>Masks one value. Whatever the settings, a short value never shows itself.</summary>
internal abstract record FieldMask
{
    private FieldMask()
    {
    }

    /// <summary>Returns what may be shown of a value.</summary>
    public abstract string Apply(string value);

    /// <summary>Shows a fixed text and nothing of the value, its length neither.</summary>
    public sealed record Replace(string Replacement) : FieldMask
    {
        public override string Apply(string value) => Replacement;
    }

    /// <summary>Shows the first characters, a quarter of the value at most, and a mask character for each of the others.</summary>
    public sealed record Partial(int VisibleCharacters, char MaskCharacter) : FieldMask
    {
        public override string Apply(string value)
        {
            var runes = value.EnumerateRunes().ToList();
            var visible = Math.Min(VisibleCharacters, runes.Count / 4);
            return string.Concat(runes.Take(visible)) + new string(MaskCharacter, runes.Count - visible);
        }
    }

    /// <summary>
    /// Shows a pattern in which <see cref="LastFour"/> stands for the last four letters or digits of a value that has eight or more, and for
    /// four mask characters where it has fewer.
    /// </summary>
    public sealed record Format(string Pattern) : FieldMask
    {
        public const string LastFour = "{last4}";

        private const int Shown = 4;
        private const int LeastToShowAny = 8;

        public override string Apply(string value)
        {
            var significant = value.EnumerateRunes().Where(Rune.IsLetterOrDigit).ToList();
            var last = significant.Count < LeastToShowAny ? new string('*', Shown) : string.Concat(significant.TakeLast(Shown));
            return Pattern.Replace(LastFour, last, StringComparison.Ordinal);
        }
    }
}
