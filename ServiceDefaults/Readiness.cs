using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Tells whether this process can serve, by the registered health checks. Only names and descriptions of ours go to the outside:
/// where a check brings an exception, its description may be the exception's text, with an address in it.
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
        return [.. report.Entries.Where(e => e.Value.Status == HealthStatus.Unhealthy).Select(e => Describe(e.Key, e.Value)).Order(StringComparer.Ordinal)];
    }

    private static string Describe(string name, HealthReportEntry entry) =>
        entry is { Exception: null, Description.Length: > 0 } ? $"{name}: {entry.Description}" : name;
}
