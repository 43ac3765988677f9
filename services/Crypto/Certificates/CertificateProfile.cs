using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpSecure.Client;

namespace McpSecure.Crypto;

/// <summary>Says what the certificates of the platform look like, after RFC 5280 and the X509-SVID specification of SPIFFE.</summary>
internal static class CertificateProfile
{
    /// <summary>How far a certificate's beginning lies back, for clocks that are behind ours.</summary>
    public static readonly TimeSpan Backdating = TimeSpan.FromMinutes(1);

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string NameConstraints = "2.5.29.30";

    /// <summary>Makes a self-signed authority. It certifies workloads of one trust domain and no further authorities.</summary>
    public static X509Certificate2 Authority(ECDsa key, Guid id, string trustDomain, DateTimeOffset now, TimeSpan lifetime)
    {
        // A name of its own, so that the names alone tell authorities apart (RFC 5280 §4.1.2.4); the last group of a UUIDv7 is random.
        var request = new CertificateRequest(Name($"McpSecure CA {id.ToString()[24..]}"), key, HashAlgorithmName.SHA256);
        var extensions = request.CertificateExtensions;

        // RFC 5280 §4.2.1.9; X509-SVID §4.1: the CA flag is set. A path length of 0: no authority below this one.
        extensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));

        // RFC 5280 §4.2.1.3; X509-SVID §4.3.
        extensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        extensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));

        // X509-SVID §3.2: a signing certificate may have a SPIFFE id, without a path.
        extensions.Add(Names($"spiffe://{trustDomain}", []));
        extensions.Add(Constraints(trustDomain));
        return request.CreateSelfSigned(now - Backdating, now + lifetime);
    }

    /// <summary>Describes a workload's certificate. Nothing in it but the key comes from whoever asks for it.</summary>
    public static CertificateRequest Leaf(PublicKey key, SpiffeId holder, IEnumerable<string> dnsNames, X509Certificate2 issuer)
    {
        var request = new CertificateRequest(Name(holder.WorkloadName!), key, HashAlgorithmName.SHA256);
        var extensions = request.CertificateExtensions;

        // X509-SVID §4.1: not an authority's. §4.3: digitalSignature, and neither keyCertSign nor cRLSign. §4.4: both usages.
        extensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        extensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        extensions.Add(new X509EnhancedKeyUsageExtension([new(ServerAuthentication), new(ClientAuthentication)], critical: false));
        extensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));

        // RFC 5280 §4.2.1.1: it leads from the certificate to the key that signed it, whatever the names are.
        extensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, includeKeyIdentifier: true, includeIssuerAndSerial: false));

        // X509-SVID §2: exactly one URI name, the SPIFFE id.
        extensions.Add(Names(holder.ToString(), dnsNames));
        return request;
    }

    /// <summary>Makes a serial number: 128 random bits (RFC 5280 §4.1.2.2 allows 160), without a leading zero byte.</summary>
    public static byte[] Serial()
    {
        var serial = new byte[16];
        while (serial[0] == 0)
        {
            RandomNumberGenerator.Fill(serial);
        }

        return serial;
    }

    private static X500DistinguishedName Name(string commonName)
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(commonName);
        return name.Build();
    }

    // RFC 5280 §4.2.1.6: dNSName is [2], uniformResourceIdentifier is [6]. By hand: a trust domain's id has no path, and System.Uri would give it one.
    private static X509SubjectAlternativeNameExtension Names(string id, IEnumerable<string> dnsNames)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, id, new Asn1Tag(TagClass.ContextSpecific, 6));
            foreach (var name in dnsNames)
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, name, new Asn1Tag(TagClass.ContextSpecific, 2));
            }
        }

        return new X509SubjectAlternativeNameExtension(writer.Encode());
    }

    // RFC 5280 §4.2.1.10: URI names only with this host, which is a SPIFFE id's trust domain. Must be critical.
    private static X509Extension Constraints(string trustDomain)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0))) // permittedSubtrees
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, trustDomain, new Asn1Tag(TagClass.ContextSpecific, 6));
        }

        return new X509Extension(NameConstraints, writer.Encode(), critical: true);
    }
}
