using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.ApiKey;

/// <summary>
/// Writes what was counted every few seconds, and once more at the end. Where that fails, what was taken waits for the next time, in bounded
/// memory; nobody who validates a key waits for it. Where Postgres took it and the connection broke before it could say so, it is counted twice.
/// </summary>
internal sealed class UseFlush(
    UseCounters counters, UsageStore store, DatabaseReadiness readiness, IOptions<UsageOptions> options, ApiKeyMetrics metrics, TimeProvider clock, ILogger<UseFlush> logger)
    : BackgroundService
{
    private const int MostWaiting = 200_000;
    private const int BatchSize = 10_000;

    private static readonly TimeSpan LastMoment = TimeSpan.FromSeconds(2);

    private readonly Dictionary<(ApiKeyId, DateTimeOffset), KeyUse> waiting = [];
    private bool failed;

    /// <summary>Writes what the last calls left; the host stops this after its server.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var lastMoment = new CancellationTokenSource(LastMoment, clock);
        await FlushAsync(lastMoment.Token);
        if (waiting.Count > 0)
        {
            Log.UsesLost(logger, waiting.Count);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WaitAsync(stoppingToken);
        while (true)
        {
            await Task.Delay(options.Value.FlushInterval, clock, stoppingToken);
            await FlushAsync(stoppingToken);
        }
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        foreach (var use in counters.Take())
        {
            Keep(use);
        }

        try
        {
            foreach (var batch in waiting.Values.Chunk(BatchSize))
            {
                await store.AddAsync(batch, cancellationToken);
                foreach (var use in batch)
                {
                    waiting.Remove((use.Key, use.Hour));
                }
            }

            failed = false;
        }
        catch (Exception e)
        {
            // Whatever it is, the next time may do better; said once, not every few seconds.
            if (!failed && !cancellationToken.IsCancellationRequested)
            {
                Log.UsesWait(logger, waiting.Count, e);
            }

            failed = true;
        }
    }

    private void Keep(KeyUse use)
    {
        if (waiting.TryGetValue((use.Key, use.Hour), out var before))
        {
            waiting[(use.Key, use.Hour)] = use with { Counts = before.Counts + use.Counts, LastAllowedAt = use.LastAllowedAt ?? before.LastAllowedAt };
        }
        else if (waiting.Count < MostWaiting)
        {
            waiting.Add((use.Key, use.Hour), use);
        }
        else
        {
            metrics.UseNotCounted();
        }
    }
}
