namespace McpSecure.ApiKey;

/// <summary>Writes numbers with the digits and letters of ASCII, most significant first. A number has one form at each width.</summary>
internal static class Base62
{
    /// <summary>The digits in ASCII's order, so that texts of one width sort as their numbers do.</summary>
    public const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private const uint Base = 62;

    // The largest number that times 62 still fits.
    private static readonly UInt128 Largest = UInt128.MaxValue / Base;

    /// <summary>Fills the whole span, with zeros in front; the number must fit in.</summary>
    public static void Write(UInt128 number, Span<char> text)
    {
        for (var i = text.Length - 1; i >= 0; i--)
        {
            (number, var digit) = UInt128.DivRem(number, Base);
            text[i] = Digits[(int)digit];
        }
    }

    /// <summary>Reads a number. Returns false for another character, and for a number that 128 bits do not hold.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, out UInt128 number)
    {
        number = 0;
        foreach (var character in text)
        {
            // What leaves 128 bits would come back in as a second form of a smaller number.
            if (number > Largest || ValueOf(character) is not { } digit)
            {
                return false;
            }

            var shifted = number * Base;
            number = shifted + digit;
            if (number < shifted)
            {
                return false;
            }
        }

        return true;
    }

    private static uint? ValueOf(char character) => character switch
    {
        >= '0' and <= '9' => (uint)(character - '0'),
        >= 'A' and <= 'Z' => (uint)(character - 'A' + 10),
        >= 'a' and <= 'z' => (uint)(character - 'a' + 36),
        _ => null,
    };
}
