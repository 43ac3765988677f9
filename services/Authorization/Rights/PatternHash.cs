using System.Security.Cryptography;

namespace McpSecure.Authorization;

/// <summary>
/// Hashes texts so that the hashes of all their beginnings, or ends, come in one pass. Differs from process to process, so that nobody can choose
/// patterns that collide; a collision costs a comparison and no more.
/// </summary>
internal static class PatternHash
{
    private static readonly ulong Factor = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;

    public static ulong Of(ReadOnlySpan<char> text)
    {
        var hash = 0UL;
        foreach (var character in text)
        {
            hash = Step(hash, character);
        }

        return hash;
    }

    /// <summary>Hashes a text from its end: <see cref="OfSuffixes"/> of its whole length.</summary>
    public static ulong Backwards(ReadOnlySpan<char> text)
    {
        var hash = 0UL;
        for (var i = text.Length - 1; i >= 0; i--)
        {
            hash = Step(hash, text[i]);
        }

        return hash;
    }

    /// <summary>Writes at i the hash of the first i characters.</summary>
    public static void OfPrefixes(ReadOnlySpan<char> text, Span<ulong> hashes)
    {
        var hash = hashes[0] = 0;
        for (var i = 0; i < text.Length; i++)
        {
            hashes[i + 1] = hash = Step(hash, text[i]);
        }
    }

    /// <summary>Writes at i the hash of the last i characters.</summary>
    public static void OfSuffixes(ReadOnlySpan<char> text, Span<ulong> hashes)
    {
        var hash = hashes[0] = 0;
        for (var i = 0; i < text.Length; i++)
        {
            hashes[i + 1] = hash = Step(hash, text[^(i + 1)]);
        }
    }

    // The high bits are the good ones of a product: they are brought down.
    private static ulong Step(ulong hash, char character)
    {
        var product = (hash + character + 1) * Factor;
        return product ^ (product >> 32);
    }
}
