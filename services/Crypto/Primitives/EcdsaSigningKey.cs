using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace McpSecure.Crypto;

/// <summary>Signs ES256 (RFC 7518 §3.4): ECDSA with P-256 and SHA-256. A signature is r ‖ s, 64 bytes; another form verifies nowhere.</summary>
internal sealed class EcdsaSigningKey : SigningKey
{
    private const string P256Oid = "1.2.840.10045.3.1.7";

    private readonly SecretBytes pkcs8;
    private readonly SparePool<ECDsa> keys;

    /// <summary>Copies the private key.</summary>
    /// <param name="pkcs8">The private key as PKCS #8.</param>
    /// <exception cref="InvalidDataException">It is on another curve.</exception>
    public EcdsaSigningKey(SecretBytes pkcs8)
    {
        this.pkcs8 = SecretBytes.CopyOf(pkcs8.Reveal());
        keys = new SparePool<ECDsa>(Import);

        using var loan = keys.Borrow();
        var point = loan.Item.ExportParameters(includePrivateParameters: false).Q;
        Public = new PublicKeyParameters.P256(JwkThumbprint.OfP256(point.X, point.Y), point.X!, point.Y!);
    }

    public override PublicKeyParameters.P256 Public { get; }

    /// <summary>Makes a private key as PKCS #8.</summary>
    public static SecretBytes Generate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return SecretBytes.Take(key.ExportPkcs8PrivateKey());
    }

    public override byte[] Sign(ReadOnlySpan<byte> data)
    {
        using var loan = keys.Borrow();
        return loan.Item.SignHash(SHA256.HashData(data), DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    public override bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using var loan = keys.Borrow();
        return loan.Item.VerifyHash(SHA256.HashData(data), signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    public override void Dispose()
    {
        keys.Dispose();
        pkcs8.Dispose();
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "Given to the pool, which disposes it.")]
    private ECDsa Import()
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pkcs8.Reveal(), out _);
        return key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256Oid
            ? key
            : throw new InvalidDataException("The database holds a key on another curve where P-256 is due.");
    }
}
