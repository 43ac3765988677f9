using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using McpSecure.Audit.V1;
using McpSecure.Client;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.Crypto;

/// <summary>Says how a request for a certificate ended.</summary>
internal abstract record IssueResult
{
    private IssueResult()
    {
    }

    /// <summary>The certificate was made.</summary>
    public sealed record Issued(IssuedCertificate Certificate) : IssueResult;

    /// <summary>The request is at fault: a word for programs, a sentence for people.</summary>
    public sealed record RequestRefused(string Flaw, string Why) : IssueResult;

    /// <summary>The workload has the most live certificates allowed.</summary>
    public sealed record LimitReached(int Limit) : IssueResult;

    /// <summary>The certificate that the workload called with counts no more.</summary>
    public sealed record HolderRevoked : IssueResult;

    /// <summary>No authority can issue now; one is made soon.</summary>
    public sealed record NoAuthority : IssueResult;
}

/// <summary>
/// Certifies workloads. The certificate and the event that tells of it commit together; what is certified is the key and nothing else of
/// the request.
/// </summary>
internal sealed class CertificateIssuer(
    CertificateStore store,
    AuthorityKeys keys,
    AuditOutbox outbox,
    CertificateFiles identity,
    IOptions<CertificateOptions> options,
    TimeProvider clock)
{
    /// <summary>Gets the SPIFFE id of a workload of this platform.</summary>
    public SpiffeId IdOf(string workload) => SpiffeId.ForWorkload(identity.Current.Id.TrustDomain, workload);

    /// <summary>Certifies a key of a workload.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="presented">The certificate by which it proved who it is; null where somebody else vouches for it.</param>
    /// <param name="request">The PKCS #10 request, DER.</param>
    /// <param name="auditEvent">The event that tells of it.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task<IssueResult> IssueAsync(
        string workload, X509Certificate2? presented, byte[] request, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        var holder = IdOf(workload);
        return CertificateRequestCheck.Check(request, holder) switch
        {
            RequestVerdict.Accepted(var key) => await IssueAsync(holder, presented, key, auditEvent, cancellationToken),
            RequestVerdict.Refused(var flaw, var why) => new IssueResult.RequestRefused(flaw, why),
            _ => throw new UnreachableException(),
        };
    }

    private Task<IssueResult> IssueAsync(
        SpiffeId holder, X509Certificate2? presented, PublicKey key, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        var workload = holder.WorkloadName!;
        return store.InTransactionAsync<IssueResult>(
            async transaction =>
            {
                // Whoever revokes this workload's certificates comes before or after, so none is issued past him.
                await transaction.LockWorkloadAsync(workload, cancellationToken);
                var now = clock.GetUtcNow();
                if (presented is not null && !await StillCountsAsync(transaction, presented, now, cancellationToken))
                {
                    return new IssueResult.HolderRevoked();
                }

                if (await transaction.CountLiveAsync(workload, now, cancellationToken) >= options.Value.LiveLimit)
                {
                    return new IssueResult.LimitReached(options.Value.LiveLimit);
                }

                return (await transaction.AuthoritiesAsync(cancellationToken)).Issuing(now) is { } authority
                    ? await IssueAsync(transaction, authority, holder, key, now, auditEvent, cancellationToken)
                    : new IssueResult.NoAuthority();
            },
            cancellationToken);
    }

    private async Task<IssueResult> IssueAsync(
        CertificateTransaction transaction,
        CertificateAuthority authority,
        SpiffeId holder,
        PublicKey key,
        DateTimeOffset now,
        AuditEvent auditEvent,
        CancellationToken cancellationToken)
    {
        var workload = holder.WorkloadName!;
        using var open = keys.Open(authority);
        var dnsNames = options.Value.DnsNames.Select(name => name.Replace("{workload}", workload, StringComparison.Ordinal));
        using var leaf = open.Issue(CertificateProfile.Leaf(key, holder, dnsNames, open.Certificate), now, options.Value.LeafLifetime);

        var issued = new IssuedCertificate(
            leaf.SerialNumberBytes.Span.TrimStart((byte)0).ToArray(), authority.Id, workload, leaf.RawData, now, new DateTimeOffset(leaf.NotAfter), Revocation: null);
        if (!await transaction.TryAddAsync(issued, key.ExportSubjectPublicKeyInfo(), cancellationToken))
        {
            return new IssueResult.RequestRefused("key_used", "Its key was certified before: make a new one for each certificate.");
        }

        await outbox.AddAsync(
            transaction.Database,
            auditEvent.With("serial", Convert.ToHexStringLower(issued.Serial)).With("authority", $"{authority.Id}").With("expires_at", $"{issued.ExpiresAt:u}"),
            cancellationToken);
        return new IssueResult.Issued(issued);
    }

    // The files by which connections are judged follow within a minute; within that minute, nobody gets a new certificate with a lost one.
    private static async Task<bool> StillCountsAsync(CertificateTransaction transaction, X509Certificate2 presented, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await transaction.IsRevokedAsync(presented.SerialNumberBytes.Span.TrimStart((byte)0).ToArray(), cancellationToken))
        {
            return false;
        }

        var removed = new X509Certificate2Collection();
        foreach (var authority in await transaction.RemovedAuthoritiesAsync(now, cancellationToken))
        {
            removed.Add(X509CertificateLoader.LoadCertificate(authority));
        }

        return removed.Count == 0 || !PeerVerifier.IsIssuedByOneOf(presented, removed, now);
    }
}
