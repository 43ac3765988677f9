using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Does work again and again on one replica at a time: whoever gets an advisory lock of the service's database does a round, the others
/// try again at their next turn. The work must bear being broken off between any two statements and begun again elsewhere: when the
/// connection that holds the lock breaks, another replica may begin while this one ends.
/// </summary>
/// <param name="name">Names the work in the lock and in logs; unique within the service.</param>
/// <param name="interval">How long to wait after a round; the first begins at the start.</param>
/// <param name="database">The service's database.</param>
/// <param name="readiness">Tells when it can be used.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">Says when a round failed.</param>
public abstract class LeaderWork(
    string name, TimeSpan interval, ServiceDatabase database, DatabaseReadiness readiness, TimeProvider clock, ILogger logger) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>Gets the clock.</summary>
    protected TimeProvider Clock => clock;

    /// <summary>Gets the service's database.</summary>
    protected ServiceDatabase Database => database;

    /// <summary>Does one round, as the only replica.</summary>
    /// <returns>Whether there is more to do at once.</returns>
    protected abstract Task<bool> RunRoundAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WaitAsync(stoppingToken);
        var pause = new BackOff(FirstPause < interval ? FirstPause : interval, interval);
        while (true)
        {
            var rest = interval;
            try
            {
                if (await TryRunRoundAsync(stoppingToken))
                {
                    rest = TimeSpan.Zero;
                }

                pause.Reset();
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever it is, nobody else would try: the work goes on for as long as the service does.
                Log.RoundFailed(logger, name, e);
                rest = pause.Next();
            }

            await Task.Delay(rest, clock, stoppingToken);
        }
    }

    private async Task<bool> TryRunRoundAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // Of the transaction: a session's lock would stay in a pooled connection. A replica that freezes in mid-round loses it after a while.
        await using var tryLock = new NpgsqlCommand(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('leader/' || $1, 0)) FROM set_config('idle_in_transaction_session_timeout', '5min', true)",
            connection,
            transaction)
        {
            Parameters = { new() { Value = name } },
        };

        return await tryLock.ExecuteScalarAsync(cancellationToken) is true && await RunRoundAsync(cancellationToken);
    }
}
