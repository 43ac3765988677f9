using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace McpSecure.Crypto;

/// <summary>Holds the key of one version, ready for use. Closed: an <see cref="EncryptionKey"/> or a <see cref="SigningKey"/>.</summary>
internal abstract class KeyMaterial : IDisposable
{
    private protected KeyMaterial()
    {
    }

    /// <summary>Makes the bytes of a new key: 32 random bytes, or a private key as PKCS #8 (RFC 5958).</summary>
    public static SecretBytes Generate(KeyAlgorithm algorithm) => algorithm switch
    {
        KeyAlgorithm.Xaes256Gcm => SecretBytes.Random(Xaes256Gcm.KeySizeInBytes),
        KeyAlgorithm.Rsa2048Sha256 => SigningKey.Generate(),
    };

    /// <summary>Loads what <see cref="Generate"/> made; copies what it needs.</summary>
    public static KeyMaterial Load(KeyAlgorithm algorithm, SecretBytes key) => algorithm switch
    {
        KeyAlgorithm.Xaes256Gcm => new EncryptionKey(key),
        KeyAlgorithm.Rsa2048Sha256 => new SigningKey(key),
    };

    /// <summary>Zeroes the key.</summary>
    public abstract void Dispose();

    /// <summary>Returns the type's name.</summary>
    public sealed override string ToString() => GetType().Name;
}

/// <summary>Encrypts and decrypts. Safe to use in parallel.</summary>
internal sealed class EncryptionKey(SecretBytes key) : KeyMaterial
{
    /// <summary>Gets the cipher.</summary>
    public Xaes256Gcm Cipher { get; } = new(key.Reveal());

    public override void Dispose() => Cipher.Dispose();
}

/// <summary>Signs RS256 (RFC 7518 §3.3) with RSA-2048. Safe to use in parallel.</summary>
internal sealed class SigningKey : KeyMaterial
{
    private const int ModulusSizeInBits = 2048;

    private readonly SecretBytes pkcs8;
    private readonly SparePool<RSA> keys;

    /// <summary>Copies the private key.</summary>
    /// <param name="pkcs8">An RSA-2048 private key as PKCS #8.</param>
    public SigningKey(SecretBytes pkcs8)
    {
        this.pkcs8 = SecretBytes.CopyOf(pkcs8.Reveal());
        keys = new SparePool<RSA>(Import);

        using var loan = keys.Borrow();
        var parameters = loan.Item.ExportParameters(includePrivateParameters: false);
        (Modulus, Exponent) = (parameters.Modulus!, parameters.Exponent!);
        KeyId = JwkThumbprint.OfRsa(Modulus, Exponent);
    }

    /// <summary>Gets the modulus, big endian without leading zeros.</summary>
    public byte[] Modulus { get; }

    /// <summary>Gets the public exponent, big endian without leading zeros.</summary>
    public byte[] Exponent { get; }

    /// <summary>Gets the key id: the JWK thumbprint with SHA-256 (RFC 7638), base64url.</summary>
    public string KeyId { get; }

    /// <summary>Makes a private key as PKCS #8.</summary>
    public static SecretBytes Generate()
    {
        using var rsa = RSA.Create(ModulusSizeInBits);
        return SecretBytes.Take(rsa.ExportPkcs8PrivateKey());
    }

    /// <summary>Signs: RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) over the SHA-256 of <paramref name="data"/>; 256 bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        using var loan = keys.Borrow();
        return loan.Item.SignHash(SHA256.HashData(data), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    public override void Dispose()
    {
        keys.Dispose();
        pkcs8.Dispose();
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "Given to the pool, which disposes it.")]
    private RSA Import()
    {
        var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(pkcs8.Reveal(), out _);
        return rsa.KeySize == ModulusSizeInBits
            ? rsa
            : throw new InvalidDataException($"The database holds an RSA key of {rsa.KeySize} bits where {ModulusSizeInBits} are due.");
    }
}
