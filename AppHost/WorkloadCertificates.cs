using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpSecure.AppHost;

/// <summary>Writes X.509 certificates as RFC 5280 and the X509-SVID specification of SPIFFE want them.</summary>
internal static class WorkloadCertificates
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    // Clocks of one machine agree, those of its containers and virtual machines not quite.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    public static X509Certificate2 Root(ECDsa key, string trustDomain, DateTimeOffset now, DateTimeOffset end)
    {
        var request = new CertificateRequest($"CN=McpSecure development CA, O={trustDomain}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(Names(names => names.AddUri(new($"spiffe://{trustDomain}"))));
        return request.CreateSelfSigned(now - ClockSkew, end);
    }

    public static X509Certificate2 Leaf(ECDsa key, string workload, string trustDomain, X509Certificate2 root, DateTimeOffset now, DateTimeOffset end)
    {
        var request = new CertificateRequest($"CN={workload}, O={trustDomain}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new(ServerAuthentication), new(ClientAuthentication)], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        request.CertificateExtensions.Add(Names(names =>
        {
            names.AddUri(SpiffeId(workload, trustDomain));
            names.AddDnsName("localhost"); // for callers whose TLS library insists on a host name
        }));
        return request.Create(root, now - ClockSkew, end, Serial());
    }

    public static bool IsFor(X509Certificate2 leaf, string workload, string trustDomain) =>
        leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().SingleOrDefault() is { } names
        && names.Format(multiLine: false).Contains($"URI:{SpiffeId(workload, trustDomain)}", StringComparison.Ordinal);

    private static Uri SpiffeId(string workload, string trustDomain) => new($"spiffe://{trustDomain}/svc/{workload}");

    private static X509Extension Names(Action<SubjectAlternativeNameBuilder> add)
    {
        var names = new SubjectAlternativeNameBuilder();
        add(names);
        return names.Build();
    }

    private static byte[] Serial()
    {
        // RFC 5280 §4.1.2.2: positive, at most 20 bytes.
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }
}
