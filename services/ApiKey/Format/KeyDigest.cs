using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace McpSecure.ApiKey;

/// <summary>
/// HMAC-SHA-256 of a key's id and secret under the platform's pepper (<see cref="Pepper"/>). Stays in memory, but for the 48 bits that
/// become the checksum at the end of the key's text. Compares in constant time.
/// </summary>
internal readonly struct KeyDigest : IEquatable<KeyDigest>
{
    public const int SizeInBytes = HMACSHA256.HashSizeInBytes;

    // 62^8: eight digits hold 47.6 bits.
    private const ulong Checksums = 218_340_105_584_896;

    private readonly Digest digest;

    /// <summary>Takes a digest.</summary>
    public KeyDigest(ReadOnlySpan<byte> bytes) => bytes[..SizeInBytes].CopyTo(digest);

    /// <summary>Writes the checksum: the first 48 bits, modulo 62^8, in base 62.</summary>
    public void WriteChecksum(Span<char> text)
    {
        ReadOnlySpan<byte> bytes = digest;
        Base62.Write((BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16) % Checksums, text[..ApiKeyFormat.ChecksumLength]);
    }

    /// <summary>Gives all of it, to find an imported key by at rest.</summary>
    public KeyLookup ToLookup() => new(((ReadOnlySpan<byte>)digest).ToArray());

    /// <summary>Tells whether a checksum is this digest's.</summary>
    public bool HasChecksum(ReadOnlySpan<char> text)
    {
        Span<char> expected = stackalloc char[ApiKeyFormat.ChecksumLength];
        WriteChecksum(expected);
        return CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(expected), MemoryMarshal.AsBytes(text));
    }

    public bool Equals(KeyDigest other) => CryptographicOperations.FixedTimeEquals(digest, other.digest);

    public override bool Equals(object? obj) => obj is KeyDigest other && Equals(other);

    public override int GetHashCode()
    {
        ReadOnlySpan<byte> bytes = digest;
        return BinaryPrimitives.ReadInt32LittleEndian(bytes[^sizeof(int)..]);
    }

    public override string ToString() => nameof(KeyDigest);

    [InlineArray(SizeInBytes)]
    private struct Digest
    {
        private byte first;
    }
}
