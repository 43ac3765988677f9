using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace McpSecure.Crypto;

/// <summary>
/// Writes and opens Fernet tokens: <c>0x80 ‖ seconds (8) ‖ IV (16) ‖ AES-128-CBC ciphertext ‖ HMAC-SHA-256 (32)</c>. Safe to use in parallel.
/// </summary>
/// <remarks>Source: https://github.com/fernet/spec/blob/master/Spec.md. The base64url around it is <see cref="FernetText"/>'s.</remarks>
internal sealed class FernetKey : KeyMaterial
{
    public const int KeySizeInBytes = 32;

    private const byte Version = 0x80;
    private const int HalfKeySizeInBytes = 16;
    private const int TimeOffset = 1;
    private const int IvOffset = 9;
    private const int CiphertextOffset = 25;
    private const int IvSizeInBytes = 16;
    private const int BlockSizeInBytes = 16;
    private const int MacSizeInBytes = 32;
    private const int SmallestTokenInBytes = CiphertextOffset + BlockSizeInBytes + MacSizeInBytes;

    private readonly SecretBytes key;

    /// <summary>Copies the key: 16 bytes that sign, 16 bytes that encrypt.</summary>
    public FernetKey(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeySizeInBytes)
        {
            throw new ArgumentException($"The key has {key.Length} bytes instead of {KeySizeInBytes}.", nameof(key));
        }

        this.key = SecretBytes.CopyOf(key);
    }

    /// <summary>Encrypts under a random IV, as of a time.</summary>
    /// <param name="plaintext">What to encrypt.</param>
    /// <param name="seconds">When the token is made, in seconds since 1970 UTC.</param>
    public byte[] Encrypt(ReadOnlySpan<byte> plaintext, long seconds)
    {
        Span<byte> iv = stackalloc byte[IvSizeInBytes];
        RandomNumberGenerator.Fill(iv);
        return Encrypt(plaintext, seconds, iv);
    }

    /// <summary>
    /// Opens a token. Returns false, with nothing else to tell, where it is malformed or another key's. The HMAC is checked first, in constant
    /// time: before it nothing of the token is decrypted, so its padding tells nobody anything.
    /// </summary>
    public bool TryDecrypt(ReadOnlySpan<byte> token, [NotNullWhen(true)] out byte[]? plaintext, out long seconds)
    {
        (plaintext, seconds) = (null, 0);
        if (token.Length < SmallestTokenInBytes || token[0] != Version || (token.Length - SmallestTokenInBytes) % BlockSizeInBytes != 0)
        {
            return false;
        }

        Span<byte> mac = stackalloc byte[MacSizeInBytes];
        HMACSHA256.HashData(SigningKey, token[..^MacSizeInBytes], mac);
        if (!CryptographicOperations.FixedTimeEquals(mac, token[^MacSizeInBytes..]))
        {
            return false;
        }

        var time = BinaryPrimitives.ReadUInt64BigEndian(token[TimeOffset..]);
        if (time > (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        {
            return false;
        }

        try
        {
            using var aes = NewAes();
            plaintext = aes.DecryptCbc(token[CiphertextOffset..^MacSizeInBytes], token[IvOffset..CiphertextOffset], PaddingMode.PKCS7);
            seconds = (long)time;
            return true;
        }
        catch (CryptographicException)
        {
            // Whoever holds the key made a token with wrong padding.
            return false;
        }
    }

    /// <summary>Zeroes the key.</summary>
    public override void Dispose() => key.Dispose();

    /// <summary>Encrypts under a given IV: for published vectors only.</summary>
    internal byte[] Encrypt(ReadOnlySpan<byte> plaintext, long seconds, ReadOnlySpan<byte> iv)
    {
        using var aes = NewAes();
        var token = new byte[CiphertextOffset + aes.GetCiphertextLengthCbc(plaintext.Length) + MacSizeInBytes];
        token[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(token.AsSpan(TimeOffset), seconds);
        iv.CopyTo(token.AsSpan(IvOffset));
        aes.EncryptCbc(plaintext, iv, token.AsSpan(CiphertextOffset..^MacSizeInBytes));
        HMACSHA256.HashData(SigningKey, token.AsSpan(..^MacSizeInBytes), token.AsSpan(^MacSizeInBytes..));
        return token;
    }

    private ReadOnlySpan<byte> SigningKey => key.Reveal()[..HalfKeySizeInBytes];

    private Aes NewAes()
    {
        var aes = Aes.Create();
        aes.SetKey(key.Reveal()[HalfKeySizeInBytes..]);
        return aes;
    }
}
