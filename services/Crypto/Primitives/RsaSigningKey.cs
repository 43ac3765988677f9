using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace McpSecure.Crypto;

/// <summary>Signs RS256 (RFC 7518 §3.3): RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) over SHA-256. A signature is as long as the modulus.</summary>
internal sealed class RsaSigningKey : SigningKey
{
    private readonly int sizeInBits;
    private readonly SecretBytes pkcs8;
    private readonly SparePool<RSA> keys;

    /// <summary>Copies the private key.</summary>
    /// <param name="pkcs8">The private key as PKCS #8.</param>
    /// <param name="sizeInBits">The size that its modulus has.</param>
    /// <exception cref="InvalidDataException">It has another.</exception>
    public RsaSigningKey(SecretBytes pkcs8, int sizeInBits)
    {
        this.sizeInBits = sizeInBits;
        this.pkcs8 = SecretBytes.CopyOf(pkcs8.Reveal());
        keys = new SparePool<RSA>(Import);

        using var loan = keys.Borrow();
        var parameters = loan.Item.ExportParameters(includePrivateParameters: false);
        Public = new PublicKeyParameters.Rsa(JwkThumbprint.OfRsa(parameters.Modulus, parameters.Exponent), parameters.Modulus!, parameters.Exponent!);
    }

    public override PublicKeyParameters.Rsa Public { get; }

    /// <summary>Makes a private key as PKCS #8.</summary>
    public static SecretBytes Generate(int sizeInBits)
    {
        using var rsa = RSA.Create(sizeInBits);
        return SecretBytes.Take(rsa.ExportPkcs8PrivateKey());
    }

    public override byte[] Sign(ReadOnlySpan<byte> data)
    {
        using var loan = keys.Borrow();
        return loan.Item.SignHash(SHA256.HashData(data), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    public override bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using var loan = keys.Borrow();
        return loan.Item.VerifyHash(SHA256.HashData(data), signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
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
        return rsa.KeySize == sizeInBits
            ? rsa
            : throw new InvalidDataException($"The database holds an RSA key of {rsa.KeySize} bits where {sizeInBits} are due.");
    }
}
