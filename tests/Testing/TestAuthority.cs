using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpSecure.Testing;

/// <summary>Issues certificates, right ones and wrong ones.</summary>
public sealed class TestAuthority : IDisposable
{
    private TestAuthority(X509Certificate2 certificate) => Certificate = certificate;

    /// <summary>Gets the authority's own certificate, with its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Makes a self-signed root that may certify leaves only, or other authorities too.</summary>
    public static TestAuthority Root(string name = "McpSecure test root", bool leavesOnly = true)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        return new TestAuthority(AuthorityRequest(name, key, leavesOnly).CreateSelfSigned(now.AddDays(-2), now.AddDays(2)));
    }

    /// <summary>Makes an authority below this one.</summary>
    public TestAuthority Intermediate(string name = "McpSecure test intermediate")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = AuthorityRequest(name, key, leavesOnly: true).Create(Certificate, now.AddDays(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(16));
        return new TestAuthority(certificate.CopyWithPrivateKey(key));
    }

    /// <summary>Issues a leaf, with its key.</summary>
    public X509Certificate2 Issue(TestLeaf leaf)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = Request(leaf, key).Create(Certificate, now + leaf.Begins, now + leaf.Ends, RandomNumberGenerator.GetBytes(16));
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>Makes a leaf that vouches for itself.</summary>
    public static X509Certificate2 SelfSigned(TestLeaf leaf)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        return Request(leaf, key).CreateSelfSigned(now + leaf.Begins, now + leaf.Ends);
    }

    /// <summary>Signs a revocation list, as PEM.</summary>
    public string SignList(long number, params X509Certificate2[] revoked) => SignList(number, TimeSpan.FromHours(1), revoked);

    /// <summary>Signs a revocation list that is fresh for some time from now, as PEM.</summary>
    public string SignList(long number, TimeSpan fresh, params X509Certificate2[] revoked)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (var certificate in revoked)
        {
            list.AddEntry(certificate);
        }

        var now = TimeProvider.System.GetUtcNow();
        return PemEncoding.WriteString("X509 CRL", list.Build(Certificate, number, now + fresh, HashAlgorithmName.SHA256, thisUpdate: now.AddDays(-1))) + "\n";
    }

    public void Dispose() => Certificate.Dispose();

    private static CertificateRequest AuthorityRequest(string name, ECDsa key, bool leavesOnly)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority(leavesOnly ? 0 : null));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    private static CertificateRequest Request(TestLeaf leaf, ECDsa key)
    {
        var request = new CertificateRequest("CN=leaf", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(leaf.IsAuthority
            ? X509BasicConstraintsExtension.CreateForCertificateAuthority()
            : X509BasicConstraintsExtension.CreateForEndEntity());

        if (leaf.KeyUsages is { } keyUsages)
        {
            request.CertificateExtensions.Add(new X509KeyUsageExtension(keyUsages, critical: true));
        }

        if (leaf.Usages is { } usages)
        {
            var oids = new OidCollection();
            foreach (var usage in usages)
            {
                oids.Add(new Oid(usage));
            }

            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(oids, critical: false));
        }

        if (leaf.UriNames.Length + leaf.DnsNames.Count > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (var name in leaf.UriNames)
            {
                names.AddUri(new Uri(name));
            }

            foreach (var name in leaf.DnsNames)
            {
                names.AddDnsName(name);
            }

            request.CertificateExtensions.Add(names.Build());
        }

        return request;
    }
}
