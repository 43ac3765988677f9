using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>
/// Revokes leases: removes the role, then the lease. A lease stays until its role is known to be gone; what fails is told and tried again,
/// ever more rarely up to every five minutes, and for ever.
/// </summary>
internal sealed class LeaseRevocation(
    DatabaseRegistry registry, LeaseStore leases, AuditEvents events, AuditOutbox outbox, LeaseMetrics metrics, TimeProvider clock, ILogger<LeaseRevocation> logger)
{
    /// <summary>Tries to revoke a lease. Returns true where it is gone; one that is not due, or that somebody else works on, is not.</summary>
    public async Task<bool> TryRevokeAsync(Guid id, CancellationToken cancellationToken)
    {
        var revoked = false;
        await leases.WithLockedAsync(
            id,
            wait: false,
            async (transaction, lease) =>
            {
                if (lease is null || lease.DueAt > clock.GetUtcNow())
                {
                    return false;
                }

                try
                {
                    var address = await registry.FindAsync(lease.Database, cancellationToken)
                        ?? throw new InvalidDataException($"The database {lease.Database} of lease {lease.Path} is not registered.");
                    await RoleWork.RemoveAsync(address, lease.Statements, lease.Role, cancellationToken);
                }
                catch (Exception e) when (!cancellationToken.IsCancellationRequested)
                {
                    // Whatever it is: the role may be there, so the lease must be.
                    await PutOffAsync(transaction, lease, e, cancellationToken);
                    return true;
                }

                await using var delete = new NpgsqlCommand("DELETE FROM leases WHERE id = $1", transaction.Connection, transaction) { Parameters = { new() { Value = id } } };
                await delete.ExecuteNonQueryAsync(cancellationToken);
                await outbox.AddAsync(transaction, Told("crypto.lease.revoked", lease).With("cause", CauseOf(lease)), cancellationToken);
                revoked = true;
                return true;
            },
            cancellationToken);
        return revoked;
    }

    private async Task PutOffAsync(NpgsqlTransaction transaction, Lease lease, Exception problem, CancellationToken cancellationToken)
    {
        var failures = lease.Failures + 1;
        var pause = DatabaseTrouble.PauseAfter(failures);
        await using var update = new NpgsqlCommand(
            "UPDATE leases SET state = 'revoking', failures = $2, due_at = $3 WHERE id = $1", transaction.Connection, transaction)
        {
            Parameters = { new() { Value = lease.Id }, new() { Value = failures }, LeaseStore.Time(clock.GetUtcNow() + pause) },
        };
        await update.ExecuteNonQueryAsync(cancellationToken);
        await outbox.AddAsync(
            transaction,
            Told("crypto.lease.revocation_failed", lease).Failed(DatabaseTrouble.ReasonOf(problem)).At(Severity.High).With("failures", $"{failures}").With("cause", CauseOf(lease)),
            cancellationToken);
        metrics.RevocationFailed();
        Log.RevocationFailed(logger, lease.Path, $"{lease.Role}", failures, pause, problem);
    }

    private AuditEvent Told(string action, Lease lease) => events.Start(action).By(PrincipalType.Service, "crypto").On(lease.Resource).With("role", $"{lease.Role}").With("owner", lease.OwnerId);

    private string CauseOf(Lease lease) => lease switch
    {
        { State: LeaseState.Creating } => "abandoned",
        _ when lease.ExpiresAt <= clock.GetUtcNow() => "expired",
        _ => "requested",
    };
}
