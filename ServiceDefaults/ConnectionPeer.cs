using System.Security.Cryptography.X509Certificates;
using McpSecure.Client;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Remembers who is at the other end of a connection, so that a call costs no cryptography, and looks again when it must:
/// a connection may outlive its certificate and the roots that vouched for it.
/// </summary>
internal sealed class ConnectionPeer
{
    private readonly X509Certificate2 leaf;
    private readonly X509Certificate2Collection sent;
    private readonly DateTimeOffset notAfter;
    private volatile WorkloadCertificate vouchedBy;

    private ConnectionPeer(PeerIdentity identity, X509Certificate2 leaf, X509Certificate2Collection sent, WorkloadCertificate vouchedBy)
    {
        Identity = identity;
        this.leaf = leaf;
        this.sent = sent;
        this.vouchedBy = vouchedBy;
        notAfter = new DateTimeOffset(leaf.NotAfter);
    }

    public PeerIdentity Identity { get; }

    /// <summary>Gets the certificate that the connection was made with.</summary>
    public X509Certificate2 Leaf => leaf;

    /// <summary>Tells for how long the certificate is still valid.</summary>
    public TimeSpan Left(DateTimeOffset now) => notAfter - now;

    /// <summary>Judges the certificate that a connecting client showed; answers why it is refused, or the peer.</summary>
    public static (ConnectionPeer? Peer, string? Why) Judge(X509Certificate2 shown, X509Certificate2Collection sent, WorkloadCertificate ours, DateTimeOffset now)
    {
        switch (PeerVerifier.Verify(shown, sent, ours.Trust, ours.Id.TrustDomain, PeerVerifier.ClientAuthentication, now))
        {
            case PeerVerdict.Accepted(var id):
                // The handshake disposes of its certificates; these live as long as the connection.
                var copies = new X509Certificate2Collection();
                foreach (var intermediate in sent)
                {
                    copies.Add(X509CertificateLoader.LoadCertificate(intermediate.RawData));
                }

                return (new ConnectionPeer(new PeerIdentity(id.WorkloadName!, id), X509CertificateLoader.LoadCertificate(shown.RawData), copies, ours), null);
            case PeerVerdict.Refused(var why):
                return (null, why);
            default:
                return (null, "no verdict");
        }
    }

    /// <summary>Tells whether the certificate would still be accepted.</summary>
    public bool StillHolds(WorkloadCertificate ours, DateTimeOffset now)
    {
        if (now >= notAfter)
        {
            return false;
        }

        if (ReferenceEquals(ours, vouchedBy))
        {
            return true;
        }

        if (PeerVerifier.Verify(leaf, sent, ours.Trust, ours.Id.TrustDomain, PeerVerifier.ClientAuthentication, now) is not PeerVerdict.Accepted)
        {
            return false;
        }

        vouchedBy = ours;
        return true;
    }
}
