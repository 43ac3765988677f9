using Grpc.Core;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace McpSecure.ApiKey;

/// <summary>Opens the pepper once the database and Crypto are there, and reports readiness from then on. Tries for ever: what fails may yet be put right.</summary>
internal sealed class PepperStartup(
    PepperKeeper keeper, PepperSource source, DatabaseReadiness database, TimeProvider clock, ILogger<PepperStartup> logger) : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(source.IsOpen ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("Waits for the pepper, which Crypto decrypts."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await database.WaitAsync(stoppingToken);
        string? said = null;
        while (true)
        {
            try
            {
                source.Open(await keeper.OpenAsync(stoppingToken));
                Log.PepperOpen(logger);
                return;
            }
            catch (Exception e) when (WhyClosed(e) is { } why)
            {
                if (why != said)
                {
                    said = why;
                    Log.PepperClosed(logger, why);
                }
            }

            await Task.Delay(Pause, clock, stoppingToken);
        }
    }

    private static string? WhyClosed(Exception exception) => exception switch
    {
        PepperException => exception.Message,
        RpcException { StatusCode: var status } => $"Crypto does not decrypt it ({status}).",
        NpgsqlException => "Postgres does not answer.",
        _ => null,
    };
}
