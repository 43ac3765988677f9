using System.Security.Cryptography.X509Certificates;
using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Says how a revocation ended.</summary>
internal abstract record RevokeResult
{
    private RevokeResult()
    {
    }

    /// <summary>These were revoked now; the others were before.</summary>
    public sealed record Revoked(IReadOnlyList<byte[]> Serials) : RevokeResult;

    /// <summary>No such certificate is in the inventory.</summary>
    public sealed record NotFound : RevokeResult;

    /// <summary>The authority that was named is not in the bundle or was not imported.</summary>
    public sealed record AuthorityNotFound : RevokeResult;
}

/// <summary>Revokes certificates. The revocation, the lists that name it and the events that tell of it commit together.</summary>
internal sealed class CertificateRevocation(CertificateStore store, RevocationListSigning lists, AuditOutbox outbox, TimeProvider clock)
{
    /// <summary>Returns the workload that a certificate of the inventory names, or null where there is none with this serial number.</summary>
    public Task<string?> WorkloadOfAsync(byte[] serial, CancellationToken cancellationToken) => store.InTransactionAsync(
        async transaction => (await transaction.FindAsync(serial, workload: null, clock.GetUtcNow(), cancellationToken)).SingleOrDefault()?.Workload,
        cancellationToken);

    /// <summary>Revokes the unexpired certificates of a workload.</summary>
    public Task<RevokeResult> RevokeAllAsync(
        string workload, X509RevocationReason reason, Func<AuditEvent> auditEvent, CancellationToken cancellationToken) => store.InTransactionAsync<RevokeResult>(
        async transaction =>
        {
            await transaction.LockWorkloadAsync(workload, cancellationToken);
            var found = await transaction.FindAsync(serial: null, workload, clock.GetUtcNow(), cancellationToken);
            return found.Count == 0 ? new RevokeResult.NotFound() : await RevokeAsync(transaction, found, reason, auditEvent, cancellationToken);
        },
        cancellationToken);

    /// <summary>Revokes one certificate, of the inventory or, where an authority is named, of that imported authority.</summary>
    public Task<RevokeResult> RevokeAsync(
        byte[] serial, Guid? importedAuthority, X509RevocationReason reason, Func<AuditEvent> auditEvent, CancellationToken cancellationToken) => store.InTransactionAsync<RevokeResult>(
        async transaction =>
        {
            var found = await transaction.FindAsync(serial, workload: null, clock.GetUtcNow(), cancellationToken);
            if (found is [{ Workload: { } workload }])
            {
                // A renewal by the certificate's holder that has begun ends before this, or meets it.
                await transaction.LockWorkloadAsync(workload, cancellationToken);
            }

            if (found.Count == 0 && importedAuthority is { } id)
            {
                // It may be as old as its authority, so it stays on the list until that ends.
                var authority = (await transaction.AuthoritiesAsync(cancellationToken)).SingleOrDefault(one => one.Id == id && one.Imported);
                if (authority is null)
                {
                    return new RevokeResult.AuthorityNotFound();
                }

                found = [new CertificateToRevoke(serial, id, Workload: null, authority.ExpiresAt)];
            }

            return found.Count == 0 ? new RevokeResult.NotFound() : await RevokeAsync(transaction, found, reason, auditEvent, cancellationToken);
        },
        cancellationToken);

    private async Task<RevokeResult> RevokeAsync(
        CertificateTransaction transaction,
        IReadOnlyList<CertificateToRevoke> certificates,
        X509RevocationReason reason,
        Func<AuditEvent> auditEvent,
        CancellationToken cancellationToken)
    {
        var authorities = await transaction.LockAuthoritiesAsync(cancellationToken);
        var revocation = new Revocation(clock.GetUtcNow(), reason);
        var revoked = new List<CertificateToRevoke>();
        foreach (var certificate in certificates)
        {
            if (await transaction.TryRevokeAsync(certificate, revocation, cancellationToken))
            {
                revoked.Add(certificate);
                await outbox.AddAsync(
                    transaction.Database,
                    auditEvent().With("serial", Convert.ToHexStringLower(certificate.Serial)).With("authority", $"{certificate.Authority}").With("why", $"{reason}"),
                    cancellationToken);
            }
        }

        // What a removed authority issued is refused as a whole, and it has no list.
        foreach (var authority in authorities.Where(authority => revoked.Exists(one => one.Authority == authority.Id)))
        {
            await lists.SignAsync(transaction, authority, cancellationToken);
        }

        return new RevokeResult.Revoked([.. revoked.Select(one => one.Serial)]);
    }
}
