using System.Threading.Channels;
using Grpc.Core;
using McpSecure.Audit.V1;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Takes the events of decisions (a validation, a check, a decryption) off their hot path: holds them in memory for at most 50 ms,
/// then writes them to the outbox in batches. A crash loses at most those 50 ms.
/// </summary>
public sealed class DecisionTrail : IHostedService, IDisposable
{
    /// <summary>The most events in memory; one has some hundred bytes. About two seconds of the rate that two cores reach.</summary>
    internal const int Capacity = 65_536;

    private const int BatchSize = 1_000;

    // Leaves 30 of the 50 ms to the write itself.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly Channel<SerializedEvent> pending = Channel.CreateBounded<SerializedEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly CancellationTokenSource giveUp = new();
    private readonly NpgsqlDataSource database;
    private readonly DatabaseReadiness readiness;
    private readonly AuditOutbox outbox;
    private readonly AuditTrailMetrics metrics;
    private readonly TimeProvider clock;
    private readonly ILogger<DecisionTrail> logger;
    private volatile bool writable;
    private Task writing = Task.CompletedTask;

    internal DecisionTrail(
        NpgsqlDataSource database, DatabaseReadiness readiness, AuditOutbox outbox, AuditTrailMetrics metrics, TimeProvider clock, ILogger<DecisionTrail> logger)
    {
        this.database = database;
        this.readiness = readiness;
        this.outbox = outbox;
        this.metrics = metrics;
        this.clock = clock;
        this.logger = logger;
    }

    /// <summary>Takes an event without waiting. Call it before the decision is answered: where the event cannot be kept, the call must fail.</summary>
    /// <exception cref="RpcException">UNAVAILABLE: events cannot be written now, so no decision may be made.</exception>
    public void Record(AuditEvent auditEvent)
    {
        if (!writable || !pending.Writer.TryWrite(SerializedEvent.Of(auditEvent)))
        {
            metrics.DecisionRefused();
            throw new RpcException(new Status(StatusCode.Unavailable, "Decisions cannot be recorded now."));
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        writing = Task.Run(WriteAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Writes what is in memory, as long as the host's patience lasts. The host calls it after the last call was answered.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        pending.Writer.TryComplete();
        await using var _ = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), giveUp);
        await writing;
    }

    /// <inheritdoc/>
    public void Dispose() => giveUp.Dispose();

    private async Task WriteAsync()
    {
        var batch = new List<SerializedEvent>(BatchSize);
        try
        {
            await readiness.WaitAsync(giveUp.Token);
            writable = true;
            while (await pending.Reader.WaitToReadAsync(giveUp.Token))
            {
                if (pending.Reader.Count < BatchSize)
                {
                    await Task.Delay(Gathering, clock, giveUp.Token);
                }

                while (batch.Count < BatchSize && pending.Reader.TryRead(out var next))
                {
                    batch.Add(next);
                }

                await WriteAsync(batch);
                batch.Clear();
            }
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            writable = false;
            var lost = batch.Count + pending.Reader.Count;
            if (lost > 0)
            {
                Log.DecisionsLost(logger, lost);
            }
        }
    }

    private async Task WriteAsync(List<SerializedEvent> batch)
    {
        var pause = new BackOff(FirstPause, LongestPause);
        while (true)
        {
            try
            {
                await outbox.AddAllAsync(database, batch, giveUp.Token);
                writable = true;
                return;
            }
            catch (NpgsqlException e)
            {
                writable = false;
                Log.DecisionsWait(logger, batch.Count, e);
            }

            await Task.Delay(pause.Next(), clock, giveUp.Token);
        }
    }
}
