using System.Security.Cryptography;
using System.Text;

namespace McpSecure.ApiKey;

/// <summary>
/// The platform's secret for API keys: 32 random bytes, made once. Without it no text can be made that gets past the checksum, and what
/// memory and database hold of a key cannot be tried out.
/// </summary>
internal sealed class Pepper
{
    public const int SizeInBytes = 32;

    // RFC 5869 §3.2: the pepper may one day serve other purposes, each with a key of its own.
    private static readonly byte[] Purpose = "mcpsecure api key digest v1"u8.ToArray();

    private readonly byte[] digestKey;

    /// <summary>Derives what is needed from the secret's bytes and keeps nothing else of it.</summary>
    public Pepper(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != SizeInBytes)
        {
            throw new ArgumentException($"A pepper has {SizeInBytes} bytes.", nameof(secret));
        }

        digestKey = GC.AllocateArray<byte>(SizeInBytes, pinned: true);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, digestKey, salt: [], Purpose);
    }

    /// <summary>Computes the digest of a key's id and secret, as they are written.</summary>
    public KeyDigest DigestOf(ReadOnlySpan<char> body)
    {
        Span<byte> ascii = stackalloc byte[ApiKeyFormat.BodyLength];
        Encoding.ASCII.GetBytes(body, ascii);
        Span<byte> digest = stackalloc byte[KeyDigest.SizeInBytes];
        HMACSHA256.HashData(digestKey, ascii, digest);
        CryptographicOperations.ZeroMemory(ascii);
        return new(digest);
    }

    public override string ToString() => nameof(Pepper);
}
