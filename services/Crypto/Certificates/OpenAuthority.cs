using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpSecure.Crypto;

/// <summary>Signs with an authority's key, which is open only for as long as this lives.</summary>
internal sealed class OpenAuthority : IDisposable
{
    private readonly ECDsa key;

    private OpenAuthority(X509Certificate2 certificate, ECDsa key) => (Certificate, this.key) = (certificate, key);

    /// <summary>Gets the authority's certificate.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Loads a key and the certificate that it belongs to.</summary>
    /// <exception cref="CryptographicException">The bytes are no key or no certificate.</exception>
    public static OpenAuthority Load(byte[] certificate, SecretBytes pkcs8)
    {
        var loaded = X509CertificateLoader.LoadCertificate(certificate);
        var signer = ECDsa.Create();
        try
        {
            signer.ImportPkcs8PrivateKey(pkcs8.Reveal(), out _);
            return new OpenAuthority(loaded, signer);
        }
        catch
        {
            signer.Dispose();
            loaded.Dispose();
            throw;
        }
    }

    /// <summary>Signs a leaf. It begins no earlier and ends no later than this authority.</summary>
    public X509Certificate2 Issue(CertificateRequest leaf, DateTimeOffset now, TimeSpan lifetime)
    {
        var begins = Later(now - CertificateProfile.Backdating, new DateTimeOffset(Certificate.NotBefore));
        var ends = Earlier(now + lifetime, new DateTimeOffset(Certificate.NotAfter));
        return leaf.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key), begins, ends, CertificateProfile.Serial());
    }

    /// <summary>Signs a revocation list (RFC 5280 §5): version 2, with its number and this authority's key identifier.</summary>
    public byte[] SignList(IEnumerable<RevokedCertificate> revoked, long number, DateTimeOffset now, TimeSpan lifetime)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (var one in revoked)
        {
            list.AddEntry(one.Serial, one.RevokedAt, one.Reason == X509RevocationReason.Unspecified ? null : one.Reason); // §5.3.1: absent rather than unspecified
        }

        return list.Build(
            Certificate.SubjectName,
            X509SignatureGenerator.CreateForECDsa(key),
            new BigInteger(number),
            now + lifetime,
            HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false),
            now - CertificateProfile.Backdating);
    }

    /// <summary>Lets go of the key.</summary>
    public void Dispose()
    {
        key.Dispose();
        Certificate.Dispose();
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}

/// <summary>A line of a revocation list.</summary>
/// <param name="Serial">The certificate's serial number, without leading zeros.</param>
/// <param name="RevokedAt">When it was revoked.</param>
/// <param name="Reason">Why.</param>
internal sealed record RevokedCertificate(byte[] Serial, DateTimeOffset RevokedAt, X509RevocationReason Reason);
