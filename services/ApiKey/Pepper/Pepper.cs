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
    private static readonly byte[] DigestPurpose = "mcpsecure api key digest v1"u8.ToArray();
    private static readonly byte[] ImportPurpose = "mcpsecure imported api key digest v1"u8.ToArray();
    private static readonly byte[] PagePurpose = "mcpsecure api key page token v1"u8.ToArray();

    private const int LongestPrefix = 32;

    // One a thread, for the pepper it was used with last: an HMAC at one stroke looks its algorithm up in OpenSSL each time, which takes longer
    // than the HMAC.
    [ThreadStatic]
    private static (byte[] Key, IncrementalHash Hmac) current;

    private readonly byte[] digestKey;
    private readonly byte[] importKey;
    private readonly byte[] pageKey;

    /// <summary>Derives what is needed from the secret's bytes and keeps nothing else of it.</summary>
    public Pepper(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != SizeInBytes)
        {
            throw new ArgumentException($"A pepper has {SizeInBytes} bytes.", nameof(secret));
        }

        digestKey = Derive(secret, DigestPurpose);
        importKey = Derive(secret, ImportPurpose);
        pageKey = Derive(secret, PagePurpose);
    }

    /// <summary>
    /// Computes the digest of a key's id and secret, as they are written. A prefix other than the default one stands before them, so that a key has one
    /// text however many prefixes are read.
    /// </summary>
    public KeyDigest DigestOf(string prefix, ReadOnlySpan<char> body)
    {
        Span<char> text = stackalloc char[LongestPrefix + ApiKeyFormat.BodyLength];
        var before = prefix == ApiKeyFormat.DefaultPrefix ? "" : prefix;
        before.CopyTo(text);
        body.CopyTo(text[before.Length..]);
        return Digest(digestKey, text[..(before.Length + body.Length)]);
    }

    /// <summary>Computes the digest of an imported key's whole text.</summary>
    public KeyDigest DigestOf(ImportedText imported) => Digest(importKey, imported.Reveal());

    /// <summary>Computes what binds a page token to what it was given for.</summary>
    public byte[] SealPage(ReadOnlySpan<byte> place) => HMACSHA256.HashData(pageKey, place);

    public override string ToString() => nameof(Pepper);

    private static byte[] Derive(ReadOnlySpan<byte> secret, byte[] purpose)
    {
        var key = GC.AllocateArray<byte>(SizeInBytes, pinned: true);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, key, salt: [], purpose);
        return key;
    }

    private static KeyDigest Digest(byte[] key, ReadOnlySpan<char> text)
    {
        Span<byte> ascii = stackalloc byte[LongestPrefix + ApiKeyFormat.BodyLength];
        ascii = ascii[..Encoding.ASCII.GetBytes(text, ascii)];
        Span<byte> digest = stackalloc byte[KeyDigest.SizeInBytes];
        var hmac = HmacOf(key);
        hmac.AppendData(ascii);
        hmac.GetHashAndReset(digest);
        CryptographicOperations.ZeroMemory(ascii);
        return new(digest);
    }

    private static IncrementalHash HmacOf(byte[] key)
    {
        if (current.Key != key)
        {
            current.Hmac?.Dispose();
            current = (key, IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key));
        }

        return current.Hmac!;
    }
}
