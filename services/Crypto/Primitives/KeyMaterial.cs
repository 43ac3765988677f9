namespace McpSecure.Crypto;

/// <summary>
/// Holds the key of one version, ready for use. Closed: an <see cref="EncryptionKey"/>, a <see cref="MacKey"/>, a <see cref="SigningKey"/> or
/// a <see cref="FernetKey"/>.
/// </summary>
internal abstract class KeyMaterial : IDisposable
{
    private protected KeyMaterial()
    {
    }

    /// <summary>Makes the bytes of a new key: 32 random bytes, or a private key as PKCS #8 (RFC 5958).</summary>
    public static SecretBytes Generate(KeyAlgorithm algorithm) => algorithm switch
    {
        KeyAlgorithm.Xaes256Gcm => SecretBytes.Random(Xaes256Gcm.KeySizeInBytes),
        KeyAlgorithm.Aes256Gcm => SecretBytes.Random(Aes256Gcm.KeySizeInBytes),
        KeyAlgorithm.HmacSha256 => SecretBytes.Random(MacKey.KeySizeInBytes),
        KeyAlgorithm.Rsa2048Sha256 => RsaSigningKey.Generate(2048),
        KeyAlgorithm.Rsa3072Sha256 => RsaSigningKey.Generate(3072),
        KeyAlgorithm.Rsa4096Sha256 => RsaSigningKey.Generate(4096),
        KeyAlgorithm.EcdsaP256Sha256 => EcdsaSigningKey.Generate(),
        KeyAlgorithm.Fernet => SecretBytes.Random(FernetKey.KeySizeInBytes),
    };

    /// <summary>Loads what <see cref="Generate"/> made; copies what it needs.</summary>
    /// <exception cref="InvalidDataException">The key is of another kind or size.</exception>
    public static KeyMaterial Load(KeyAlgorithm algorithm, SecretBytes key) => algorithm switch
    {
        KeyAlgorithm.Xaes256Gcm => new EncryptionKey(new Xaes256Gcm(key.Reveal())),
        KeyAlgorithm.Aes256Gcm => new EncryptionKey(new Aes256Gcm(key.Reveal())),
        KeyAlgorithm.HmacSha256 => new MacKey(key),
        KeyAlgorithm.Rsa2048Sha256 => new RsaSigningKey(key, 2048),
        KeyAlgorithm.Rsa3072Sha256 => new RsaSigningKey(key, 3072),
        KeyAlgorithm.Rsa4096Sha256 => new RsaSigningKey(key, 4096),
        KeyAlgorithm.EcdsaP256Sha256 => new EcdsaSigningKey(key),
        KeyAlgorithm.Fernet => new FernetKey(key.Reveal()),
    };

    /// <summary>Zeroes the key.</summary>
    public abstract void Dispose();

    /// <summary>Returns the type's name.</summary>
    public sealed override string ToString() => GetType().Name;
}

/// <summary>Encrypts and decrypts. Safe to use in parallel.</summary>
internal sealed class EncryptionKey(IAead cipher) : KeyMaterial
{
    /// <summary>Gets the cipher.</summary>
    public IAead Cipher => cipher;

    public override void Dispose() => cipher.Dispose();
}
