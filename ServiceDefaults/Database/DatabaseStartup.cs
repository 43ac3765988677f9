using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Migrates the database in the background while the service already answers health checks: waits as long as Postgres is away and
/// stops the service when waiting cannot help. Where the account that was kept is refused, it tries that of the connection string by turns.
/// </summary>
internal sealed class DatabaseStartup(
    DatabaseMigrator migrator,
    ServiceDatabase database,
    DatabaseReadiness readiness,
    IHostApplicationLifetime lifetime,
    TimeProvider clock,
    ILogger<DatabaseStartup> logger) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = new BackOff(FirstPause, LongestPause);
        string? said = null;
        while (true)
        {
            try
            {
                await migrator.ApplyAsync(readiness.WaitsFor, stoppingToken);
                readiness.MarkMigrated();
                return;
            }
            catch (MigrationException e)
            {
                Log.DatabaseRefused(logger, e.Message, e.InnerException);
                readiness.WaitsFor("a database that fits this binary");
                Environment.ExitCode = 1;
                lifetime.StopApplication();
                return;
            }
            catch (PostgresException e) when (IsAccountRefused(e) && database.TryLeaveKept())
            {
                // It is of before a rotation that this process did not see: the connection string's is tried at once.
                continue;
            }
            catch (NpgsqlException e) when (e.IsDatabaseAway())
            {
                var why = IsAccountRefused(e) && database.TryReturnToKept() ? "it refuses the account that was kept, and that of the connection string" : Reason(e);
                readiness.WaitsFor($"Postgres ({why})");
                if (why != said)
                {
                    said = why;
                    Log.WaitsForDatabase(logger, why);
                }
            }

            await Task.Delay(pause.Next(), clock, stoppingToken);
        }
    }

    private static bool IsAccountRefused(NpgsqlException exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification };

    // A health answer is readable by whoever reaches the health port: no host, user or database name in it.
    private static string Reason(NpgsqlException exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => "its database does not exist yet",
        _ when IsAccountRefused(exception) => "it refuses the user name or password of the connection string",
        PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow } => "it is starting",
        PostgresException { SqlState: var sqlState } => $"it answers SQLSTATE {sqlState}",
        _ => "it does not answer",
    };
}
