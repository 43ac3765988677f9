using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>
/// Moves the end of leases: in the database first, then here. Broken off between the two, the lease ends when it said before. The lease's row is
/// held meanwhile, so that renewals and revocations of one lease take turns.
/// </summary>
internal sealed class LeaseRenewal(DatabaseStore databases, DatabaseRegistry registry, LeaseStore leases, AuditOutbox outbox, TimeProvider clock)
{
    /// <summary>Moves the end of a lease to so long from now; null: as long as the template's default, or what is left.</summary>
    /// <exception cref="Refusal">The database does not let it be done: DATABASE_NOT_USABLE.</exception>
    public async Task<RenewResult> RenewAsync(Guid id, TimeSpan? lifetime, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        RenewResult result = new RenewResult.NotFound();
        await leases.WithLockedAsync(
            id,
            wait: true,
            async (transaction, lease) =>
            {
                var now = clock.GetUtcNow();
                now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
                if (lease is not { State: LeaseState.Active } || lease.ExpiresAt <= now || await registry.FindAsync(lease.Database, cancellationToken) is not { } address)
                {
                    return false;
                }

                if (lifetime is { } asked && now + asked > lease.MaxExpiresAt)
                {
                    result = new RenewResult.TooLong(lease.MaxExpiresAt);
                    return false;
                }

                var usual = (await databases.FindTemplateAsync(lease.Database, lease.Template, cancellationToken))?.DefaultLifetime ?? lease.ExpiresAt - lease.CreatedAt;
                var end = now + (lifetime ?? usual);
                end = end < lease.MaxExpiresAt ? end : lease.MaxExpiresAt;
                try
                {
                    await RoleWork.RenewAsync(address, lease.Statements, lease.Role, end, cancellationToken);
                }
                catch (NpgsqlException e)
                {
                    throw DatabaseRefusals.NotUsable(lease.Database, e);
                }

                await using var update = new NpgsqlCommand("UPDATE leases SET expires_at = $2, due_at = $2 WHERE id = $1", transaction.Connection, transaction)
                {
                    Parameters = { new() { Value = id }, LeaseStore.Time(end) },
                };
                await update.ExecuteNonQueryAsync(cancellationToken);
                await outbox.AddAsync(transaction, auditEvent.With("expires_at", $"{end:O}"), cancellationToken);
                result = new RenewResult.Renewed(lease with { ExpiresAt = end });
                return true;
            },
            cancellationToken);
        return result;
    }
}

/// <summary>Says how a renewal ended.</summary>
internal abstract record RenewResult
{
    private RenewResult()
    {
    }

    /// <summary>The lease with its new end.</summary>
    public sealed record Renewed(Lease Lease) : RenewResult;

    /// <summary>There is no such lease, or it has ended.</summary>
    public sealed record NotFound : RenewResult;

    /// <summary>Renewals do not reach so far.</summary>
    public sealed record TooLong(DateTimeOffset MaxExpiresAt) : RenewResult;
}
