using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Tells whether this process can serve, by the registered health checks. Names of checks are all it says to the outside: they are
/// chosen by us, while descriptions and exceptions may hold addresses.
/// </summary>
internal sealed class Readiness(HealthCheckService checks)
{
    private volatile bool draining;

    /// <summary>Gets what is said while the process ends.</summary>
    public const string Stopping = "stopping";

    /// <summary>Says from now on that this process wants no new work.</summary>
    public void Drain() => draining = true;

    /// <summary>Names what keeps this process from serving; empty: nothing.</summary>
    public async Task<IReadOnlyList<string>> WaitingForAsync(CancellationToken cancellationToken)
    {
        if (draining)
        {
            return [Stopping];
        }

        var report = await checks.CheckHealthAsync(cancellationToken);
        return [.. report.Entries.Where(e => e.Value.Status == HealthStatus.Unhealthy).Select(e => e.Key).Order(StringComparer.Ordinal)];
    }
}
