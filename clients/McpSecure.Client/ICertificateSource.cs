using Google.Protobuf;
using McpSecure.Crypto.V1;

namespace McpSecure.Client;

/// <summary>Gives certificates and whom to trust. A seam: Crypto itself needs no call for its own.</summary>
internal interface ICertificateSource
{
    /// <summary>Returns whom to trust.</summary>
    Task<IReadOnlyList<Authority>> GetTrustBundleAsync(CancellationToken cancellationToken);

    /// <summary>Certifies a key of this workload.</summary>
    Task<Certificate> IssueAsync(ByteString request, CancellationToken cancellationToken);
}

/// <summary>Asks Crypto.</summary>
internal sealed class RemoteCertificateSource(PeerChannels channels) : ICertificateSource
{
    private CertificateService.CertificateServiceClient Crypto => new(channels.To(Peers.Crypto));

    public async Task<IReadOnlyList<Authority>> GetTrustBundleAsync(CancellationToken cancellationToken) =>
        (await Crypto.GetTrustBundleAsync(new GetTrustBundleRequest(), cancellationToken: cancellationToken)).Authorities;

    public async Task<Certificate> IssueAsync(ByteString request, CancellationToken cancellationToken) =>
        (await Crypto.IssueCertificateAsync(new IssueCertificateRequest { CertificateRequest = request }, cancellationToken: cancellationToken)).Certificate;
}
