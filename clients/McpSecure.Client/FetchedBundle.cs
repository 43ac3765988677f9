using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpSecure.Crypto.V1;

namespace McpSecure.Client;

/// <summary>Holds a trust bundle as Crypto answered it, checked: each authority is one, and signed its own list.</summary>
internal sealed class FetchedBundle : IDisposable
{
    private readonly List<(Authority Authority, X509Certificate2 Certificate)> authorities = [];

    /// <summary>Reads a bundle.</summary>
    /// <exception cref="CryptographicException">Something in it cannot be read or was not signed by whom it should; the message says what.</exception>
    public FetchedBundle(IEnumerable<Authority> fetched)
    {
        foreach (var authority in fetched)
        {
            authorities.Add((authority, X509CertificateLoader.LoadCertificate(authority.Certificate.Span)));
        }

        var roots = new X509Certificate2Collection(authorities.Select(one => one.Certificate).ToArray());
        CertificatesPem = Pem(authorities.Select(one => one.Certificate.ExportCertificatePem()));
        ListsPem = Pem(authorities.Where(one => one.Authority.RevocationList.Length > 0)
            .Select(one => PemEncoding.WriteString("X509 CRL", one.Authority.RevocationList.Span)));
        Trust = new Trust(roots, RevocationLists.Read(ListsPem, roots));
    }

    /// <summary>Gets the authorities as PEM.</summary>
    public string CertificatesPem { get; }

    /// <summary>Gets their revocation lists as PEM.</summary>
    public string ListsPem { get; }

    /// <summary>Gets whom to trust by this bundle.</summary>
    public Trust Trust { get; }

    /// <summary>Returns the authority of the bundle that issued a workload's certificate, or null where none did.</summary>
    public Authority? IssuerOf(WorkloadCertificate certificate, DateTimeOffset now) => authorities
        .Where(one => PeerVerifier.IsIssuedByOneOf(certificate.Leaf, [one.Certificate], now))
        .Select(one => one.Authority)
        .FirstOrDefault();

    /// <summary>Tells whether no list of the bundle is older than the one in use: an answer that was overtaken is not written.</summary>
    public bool IsNewerThan(WorkloadCertificate current) => Trust.Revoked.WhyNotAfter(current.Trust.Revoked, Trust.Roots) is null;

    /// <summary>Lets go of the certificates.</summary>
    public void Dispose() => authorities.ForEach(one => one.Certificate.Dispose());

    private static string Pem(IEnumerable<string> blocks) => string.Join('\n', blocks) + "\n";
}
