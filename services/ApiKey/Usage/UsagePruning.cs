using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.ApiKey;

/// <summary>Forgets the hours of use whose time is up.</summary>
internal sealed class UsagePruning(
    UsageStore store, IOptions<UsageOptions> options, ServiceDatabase database, DatabaseReadiness readiness, TimeProvider clock, ILogger<UsagePruning> logger)
    : LeaderWork("usage-pruning", Interval, database, readiness, clock, logger)
{
    private const int BatchSize = 10_000;

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    protected override async Task<bool> RunRoundAsync(CancellationToken cancellationToken) =>
        await store.PruneAsync(Clock.GetUtcNow() - options.Value.Retention, BatchSize, cancellationToken) == BatchSize;
}
