using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace McpSecure.ServiceDefaults;

/// <summary>Knows whether the database can be used: first whether its migrations are applied, from then on whether it answers.</summary>
public sealed class DatabaseReadiness : IHealthCheck
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ServiceDatabase database;
    private readonly TimeProvider clock;
    private volatile string waitsFor = "Postgres";
    private volatile Task? question;

    /// <summary>Watches a database that is not ready yet.</summary>
    public DatabaseReadiness(ServiceDatabase database, TimeProvider clock) => (this.database, this.clock) = (database, clock);

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

        // One question at a time: Npgsql may take many times the limit to give a server up that hangs (it asks it to cancel first).
        var answer = question is { IsCompleted: false } asked ? asked : question = AskAsync();
        try
        {
            await answer.WaitAsync(AnswerLimit, clock, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e is TimeoutException || e.IsDatabaseAway())
        {
            return HealthCheckResult.Unhealthy("Waits for Postgres to answer again.");
        }
    }

    internal void WaitsFor(string what) => waitsFor = what;

    internal void MarkMigrated() => ready.TrySetResult();

    private async Task AskAsync()
    {
        await using var command = database.CreateCommand("SELECT 1");
        await command.ExecuteScalarAsync(CancellationToken.None);
    }
}
