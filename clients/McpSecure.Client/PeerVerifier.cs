using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpSecure.Client;

/// <summary>Decides whether a certificate proves a workload of our trust domain. Host names play no part.</summary>
/// <remarks>Source: SPIFFE X509-SVID §5 (validation), RFC 5280 §6 (path validation, done by the platform with our roots only).</remarks>
internal static class PeerVerifier
{
    /// <summary>The usage that a server's certificate must name (RFC 5280 §4.2.1.12).</summary>
    public static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <summary>The usage that a client's certificate must name (RFC 5280 §4.2.1.12).</summary>
    public static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private const string SubjectAlternativeName = "2.5.29.17";

    /// <summary>Judges a certificate that a peer showed, with the intermediates it sent along, at a time.</summary>
    public static PeerVerdict Verify(
        X509Certificate2 leaf,
        X509Certificate2Collection sent,
        Trust trust,
        string trustDomain,
        Oid usage,
        DateTimeOffset now)
    {
        using var chain = new X509Chain { ChainPolicy = Policy(trust.Roots, usage) };
        chain.ChainPolicy.ExtraStore.AddRange(sent);
        chain.ChainPolicy.VerificationTime = now.LocalDateTime;

        if (!chain.Build(leaf))
        {
            return new PeerVerdict.Refused($"the chain does not verify: {string.Join(", ", chain.ChainStatus.Select(s => s.Status))}");
        }

        for (var i = 0; i + 1 < chain.ChainElements.Count; i++)
        {
            if (trust.Revoked.Revokes(chain.ChainElements[i].Certificate, chain.ChainElements[i + 1].Certificate))
            {
                return new PeerVerdict.Refused($"{chain.ChainElements[i].Certificate.Subject} was revoked");
            }
        }

        if (WhyNoLeaf(leaf, usage) is { } flaw)
        {
            return new PeerVerdict.Refused(flaw);
        }

        return ReadId(leaf) switch
        {
            null => new PeerVerdict.Refused("it does not have exactly one URI name that is a SPIFFE id"),
            { } id when id.TrustDomain != trustDomain => new PeerVerdict.Refused($"{id} is of another trust domain"),
            { WorkloadName: null } id => new PeerVerdict.Refused($"{id} names no workload"),
            { } id => new PeerVerdict.Accepted(id),
        };
    }

    /// <summary>Tells whether a certificate that is valid now was issued by one of these authorities.</summary>
    public static bool IsIssuedByOneOf(X509Certificate2 leaf, X509Certificate2Collection authorities, DateTimeOffset now)
    {
        using var chain = new X509Chain { ChainPolicy = Policy(authorities, ClientAuthentication) };
        chain.ChainPolicy.VerificationTime = now.LocalDateTime;
        return chain.Build(leaf);
    }

    /// <summary>Gives the policy by which a chain is built: our roots and no others, nothing fetched from the network.</summary>
    public static X509ChainPolicy Policy(X509Certificate2Collection roots, Oid usage)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // Lists come as files, with the roots, and are looked at by Verify: nothing is asked of the network in a handshake.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(roots);
        policy.ApplicationPolicy.Add(usage);
        return policy;
    }

    /// <summary>Reads the one SPIFFE id of a certificate; null where there is not exactly one URI name or it is no SPIFFE id.</summary>
    public static SpiffeId? ReadId(X509Certificate2 certificate)
    {
        string? only = null;
        foreach (var extension in certificate.Extensions)
        {
            if (extension.Oid?.Value != SubjectAlternativeName)
            {
                continue;
            }

            try
            {
                var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
                while (names.HasData)
                {
                    // RFC 5280 §4.2.1.6: uniformResourceIdentifier is [6] IA5String.
                    var uri = new Asn1Tag(TagClass.ContextSpecific, 6);
                    if (!names.PeekTag().HasSameClassAndValue(uri))
                    {
                        names.ReadEncodedValue();
                    }
                    else if (only is null)
                    {
                        only = names.ReadCharacterString(UniversalTagNumber.IA5String, uri);
                    }
                    else
                    {
                        return null; // X509-SVID §2: exactly one URI name
                    }
                }
            }
            catch (AsnContentException)
            {
                return null;
            }
        }

        return SpiffeId.TryParse(only, out var id) ? id : null;
    }

    // X509-SVID §4.1 and §4.3: a leaf is no CA and signs no certificates; §4.4: its usages are named.
    private static string? WhyNoLeaf(X509Certificate2 certificate, Oid usage)
    {
        var signs = false;
        var used = false;
        foreach (var extension in certificate.Extensions)
        {
            switch (extension)
            {
                case X509BasicConstraintsExtension { CertificateAuthority: true }:
                    return "it is a certificate authority's";
                case X509KeyUsageExtension key when (key.KeyUsages & (X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign)) != X509KeyUsageFlags.None:
                    return "its key may sign certificates";
                case X509KeyUsageExtension key:
                    signs = key.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature);
                    break;
                case X509EnhancedKeyUsageExtension extended:
                    // A chain without this extension passes for every purpose, so its presence is checked here.
                    used |= extended.EnhancedKeyUsages.Cast<Oid>().Any(o => o.Value == usage.Value);
                    break;
            }
        }

        return !used ? $"it is not for the usage {usage.Value}" : !signs ? "its key is not for digital signatures" : null;
    }
}
