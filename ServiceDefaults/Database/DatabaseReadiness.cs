using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace McpSecure.ServiceDefaults;

/// <summary>Knows whether the database can be used: first whether its migrations are applied, from then on whether it answers.</summary>
public sealed class DatabaseReadiness : IHealthCheck
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly NpgsqlDataSource database;
    private readonly TimeProvider clock;
    private volatile string waitsFor = "Postgres";

    /// <summary>Watches a database that is not ready yet.</summary>
    public DatabaseReadiness(NpgsqlDataSource database, TimeProvider clock) => (this.database, this.clock) = (database, clock);

    /// <summary>Gets whether the migrations of this binary are applied. Once true, it stays true.</summary>
    public bool IsMigrated => ready.Task.IsCompletedSuccessfully;

    /// <summary>Waits until the migrations of this binary are applied.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => ready.Task.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!IsMigrated)
        {
            return HealthCheckResult.Unhealthy($"Waits for {waitsFor}.");
        }

        using var limit = new CancellationTokenSource(AnswerLimit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await using var command = database.CreateCommand("SELECT 1");
            await command.ExecuteScalarAsync(either.Token);
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e.IsDatabaseAway() || (e is OperationCanceledException && limit.IsCancellationRequested))
        {
            return HealthCheckResult.Unhealthy("Waits for Postgres to answer again.");
        }
    }

    internal void WaitsFor(string what) => waitsFor = what;

    internal void MarkMigrated() => ready.TrySetResult();
}
