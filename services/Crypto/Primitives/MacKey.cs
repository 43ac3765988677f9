using System.Security.Cryptography;

namespace McpSecure.Crypto;

/// <summary>Makes and verifies authentication codes: HMAC (RFC 2104) with SHA-256, the HS256 of RFC 7518 §3.2. Safe to use in parallel.</summary>
internal sealed class MacKey : KeyMaterial
{
    public const int KeySizeInBytes = 32;

    private readonly SecretBytes key;

    /// <summary>Copies the key.</summary>
    public MacKey(SecretBytes key) => this.key = SecretBytes.CopyOf(key.Reveal());

    /// <summary>Returns the code of some data; 32 bytes.</summary>
    public byte[] Compute(ReadOnlySpan<byte> data) => HMACSHA256.HashData(key.Reveal(), data);

    /// <summary>Tells whether a code is that of some data, in a time that does not depend on where it differs. A shortened code is none.</summary>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> code)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key.Reveal(), data, expected);
        return CryptographicOperations.FixedTimeEquals(expected, code);
    }

    public override void Dispose() => key.Dispose();
}
