using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>
/// Opens the key hierarchy once the database is there, and reports readiness from then on. A root key that does not fit is said in the
/// log and tried again: its file may yet be put right. Nothing is ever made anew in its place.
/// </summary>
internal sealed class KeyHierarchyStartup(
    KeyHierarchy hierarchy, AuthorityRotation authorities, DatabaseReadiness database, TimeProvider clock, ILogger<KeyHierarchyStartup> logger)
    : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private volatile bool open;

    /// <summary>Gets whether the hierarchy is open.</summary>
    public bool IsOpen => open;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(open ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The key hierarchy is not open."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await database.WaitAsync(stoppingToken);
        string? said = null;
        while (!open)
        {
            try
            {
                await hierarchy.OpenAsync(stoppingToken);
                await authorities.EnsureAsync(stoppingToken);
                open = true;
                Log.HierarchyOpen(logger);
                return;
            }
            catch (Exception e) when (e is RootKeyException or AuthorityFilesException && e.Message == said)
            {
                // Said before.
            }
            catch (Exception e) when (e is RootKeyException or AuthorityFilesException)
            {
                said = e.Message;
                Log.RootKeyRefused(logger, e.Message);
            }
            catch (NpgsqlException e) when (e.IsDatabaseAway())
            {
                Log.HierarchyWaits(logger, e);
            }

            await Task.Delay(Pause, clock, stoppingToken);
        }
    }
}
