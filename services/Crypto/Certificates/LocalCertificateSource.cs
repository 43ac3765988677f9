using System.Diagnostics;
using Google.Protobuf;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Gives this service its own certificate and trust bundle, without a call to itself.</summary>
internal sealed class LocalCertificateSource(
    DatabaseReadiness readiness, TrustBundle bundle, CertificateIssuer issuer, CertificateFiles files, AuditEvents events, TimeProvider clock) : ICertificateSource
{
    public async Task<IReadOnlyList<Authority>> GetTrustBundleAsync(CancellationToken cancellationToken)
    {
        await readiness.WaitAsync(cancellationToken); // the first look comes before the migrations
        var authorities = await bundle.ReadAsync(cancellationToken);
        var now = clock.GetUtcNow();
        return [.. authorities.Select(authority => CertificateMessages.Of(authority, authorities.StateOf(authority, now)))];
    }

    public async Task<Certificate> IssueAsync(ByteString request, CancellationToken cancellationToken)
    {
        var workload = files.Current.Id.WorkloadName!;
        var auditEvent = events.Start("crypto.certificate.issued").On($"certificates/{workload}");
        return await issuer.IssueAsync(workload, files.Current.Leaf, request.ToByteArray(), auditEvent, cancellationToken) switch
        {
            IssueResult.Issued(var certificate) => CertificateMessages.Of(certificate),
            IssueResult.HolderRevoked => throw Refusal.Because(ErrorReason.WorkloadUnknown, "The certificate of this service was revoked."),
            IssueResult.NoAuthority or IssueResult.LimitReached => throw Refusal.Because(ErrorReason.DependencyUnavailable, "No certificate can be issued to this service now."),
            _ => throw new UnreachableException(),
        };
    }
}
