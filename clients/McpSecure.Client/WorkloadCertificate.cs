using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpSecure.Client;

/// <summary>Holds one consistent reading of the files: a matching pair and whom to trust. Never changes.</summary>
public sealed class WorkloadCertificate
{
    private WorkloadCertificate(SpiffeId id, X509Certificate2 leaf, SslStreamCertificateContext context, Trust trust)
    {
        Id = id;
        Leaf = leaf;
        Context = context;
        Trust = trust;
        NotBefore = new DateTimeOffset(leaf.NotBefore);
        NotAfter = new DateTimeOffset(leaf.NotAfter);
    }

    /// <summary>Gets who this process is.</summary>
    public SpiffeId Id { get; }

    /// <summary>Gets when the certificate begins to be valid.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>Gets when the certificate ceases to be valid.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>Gets whether the certificate was revoked: every peer that knows refuses it.</summary>
    public bool IsRevoked => Trust.Roots.Any(root => Trust.Revoked.Revokes(Leaf, root));

    /// <summary>Gets the certificate with its key and intermediates, ready for handshakes.</summary>
    internal SslStreamCertificateContext Context { get; }

    /// <summary>Gets the certificate itself.</summary>
    internal X509Certificate2 Leaf { get; }

    /// <summary>Gets the roots that peers must chain to, and what they revoked.</summary>
    internal Trust Trust { get; }

    /// <summary>Makes a snapshot from the content of the files and checks that it can be used.</summary>
    /// <exception cref="CertificateFilesException">Something is wrong; the message says what and in which file.</exception>
    internal static WorkloadCertificate Read(string certificatePem, string keyPem, string bundlePem, string listsPem, MtlsOptions options, DateTimeOffset now)
    {
        var roots = Certificates(bundlePem, options.TrustBundlePath);
        var sent = Certificates(certificatePem, options.CertificatePath);
        var leaf = Pair(sent[0], keyPem, options);
        sent.RemoveAt(0);

        // Whoever shows a certificate that his peers will refuse should learn it from his own log. That it was revoked is told elsewhere: what else
        // the lists revoke must count all the same.
        var unrevoked = new Trust(roots, RevocationLists.None);
        foreach (var usage in new[] { PeerVerifier.ClientAuthentication, PeerVerifier.ServerAuthentication })
        {
            if (PeerVerifier.Verify(leaf, sent, unrevoked, options.TrustDomain, usage, now) is PeerVerdict.Refused(var why))
            {
                throw new CertificateFilesException($"The certificate in {options.CertificatePath} is refused: {why}.");
            }
        }

        var context = SslStreamCertificateContext.Create(leaf, sent, offline: true);
        return new WorkloadCertificate(PeerVerifier.ReadId(leaf)!, leaf, context, new Trust(roots, Lists(listsPem, roots, options.RevocationListPath)));
    }

    private static RevocationLists Lists(string pem, X509Certificate2Collection roots, string path)
    {
        try
        {
            return RevocationLists.Read(pem, roots);
        }
        catch (CryptographicException e)
        {
            throw new CertificateFilesException($"{path} cannot be used: {e.Message}.", e);
        }
    }

    private static X509Certificate2Collection Certificates(string pem, string path)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new CertificateFilesException($"{path} holds no readable PEM certificates: {e.Message}", e);
        }

        return certificates.Count > 0 ? certificates : throw new CertificateFilesException($"{path} holds no PEM certificate.");
    }

    private static X509Certificate2 Pair(X509Certificate2 certificate, string keyPem, MtlsOptions options)
    {
        try
        {
            var pair = X509Certificate2.CreateFromPem(certificate.ExportCertificatePem(), keyPem);

            // Windows' TLS cannot use a key that was never in a key store.
            return OperatingSystem.IsWindows() ? X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null) : pair;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new CertificateFilesException($"The key in {options.KeyPath} does not belong to the certificate in {options.CertificatePath}, or is unreadable.", e);
        }
    }
}
