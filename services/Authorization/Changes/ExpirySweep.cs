using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>
/// Removes role assignments and grants that have expired. They count for nothing from that moment on, so that no decision changes, nobody is
/// told, and no lock is needed. A while passes first, so that a clock that is a little ahead removes nothing that still counts elsewhere.
/// </summary>
internal sealed class ExpirySweep(
    ServiceDatabase database, DatabaseReadiness readiness, TimeProvider clock, ILogger<ExpirySweep> logger)
    : LeaderWork("expiry-sweep", Interval, database, readiness, clock, logger)
{
    private const int BatchSize = 10_000;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    /// <summary>Removes what has expired before a time, at most so many of each, and tells whether there may be more.</summary>
    internal static async Task<bool> SweepAsync(ServiceDatabase database, DateTimeOffset before, int most, CancellationToken cancellationToken)
    {
        var isMore = false;
        foreach (var table in (string[])["role_assignments", "grants"])
        {
            await using var command = database.CreateCommand(
                $"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE expires_at < $1 ORDER BY expires_at LIMIT $2) AND expires_at < $1");
            command.Parameters.Add(new() { Value = before });
            command.Parameters.Add(new() { Value = most });
            isMore |= await command.ExecuteNonQueryAsync(cancellationToken) == most;
        }

        return isMore;
    }

    /// <inheritdoc/>
    protected override Task<bool> RunRoundAsync(CancellationToken cancellationToken) =>
        SweepAsync(Database, Clock.GetUtcNow() - Grace, BatchSize, cancellationToken);
}
