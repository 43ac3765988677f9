using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Revokes what is due: leases that expired, that were marked, that were abandoned while they were made, and those on which it failed before.</summary>
internal sealed class LeaseSweep(
    LeaseStore leases,
    LeaseRevocation revocation,
    LeaseMetrics metrics,
    ServiceDatabase database,
    DatabaseReadiness readiness,
    TimeProvider clock,
    ILogger<LeaseSweep> logger)
    : LeaderWork("lease-sweep", Interval, database, readiness, clock, logger)
{
    private const int BatchSizeOfDatabase = 50;
    private const int DatabasesAtOnce = 4;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task<bool> RunRoundAsync(CancellationToken cancellationToken)
    {
        var due = await leases.ListDueAsync(Clock.GetUtcNow(), BatchSizeOfDatabase, cancellationToken);
        metrics.Overdue(due.Count);
        var revoked = 0;

        // A database that hangs holds up its own leases only, and gives up its turn at the first that fails.
        await Parallel.ForEachAsync(
            due.GroupBy(lease => lease.Database, StringComparer.Ordinal),
            new ParallelOptions { MaxDegreeOfParallelism = DatabasesAtOnce, CancellationToken = cancellationToken },
            async (ofOne, cancelled) =>
            {
                foreach (var lease in ofOne)
                {
                    if (!await revocation.TryRevokeAsync(lease.Id, cancelled))
                    {
                        break;
                    }

                    Interlocked.Increment(ref revoked);
                }
            });
        return due.Count >= BatchSizeOfDatabase && revoked > 0;
    }
}
