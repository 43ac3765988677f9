using System.Diagnostics;
using Google.Protobuf;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Takes the events of decisions (a validation, a check, a decryption) off their hot path: holds them in memory for at most 50 ms and
/// gives them in batches to the log, or to the outbox. Where neither succeeds, answers wait (<see cref="CallGuard"/>) and new decisions are
/// refused, so that a crash loses at most the last 50 ms of what callers were told.
/// </summary>
public sealed class DecisionTrail : IHostedService, IDisposable
{
    /// <summary>The most events in memory, some hundred bytes each: about two seconds of the rate that two cores reach.</summary>
    internal const int Capacity = 65_536;

    /// <summary>The age from which an event in memory holds answers back.</summary>
    internal static readonly TimeSpan MaximumAge = TimeSpan.FromMilliseconds(50);

    // Leaves 30 of the 50 ms to the log and the outbox.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan HoldLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastMoment = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly DecisionBuffer pending = new(Capacity);
    private readonly CancellationTokenSource giveUp = new();
    private readonly AuditEvents events;
    private readonly ServiceDatabase database;
    private readonly DatabaseReadiness readiness;
    private readonly DirectDelivery direct;
    private readonly AuditOutbox outbox;
    private readonly AuditTrailMetrics metrics;
    private readonly TimeProvider clock;
    private readonly ILogger<DecisionTrail> logger;
    private volatile bool writable;
    private volatile bool stopping;
    private volatile TaskCompletionSource written = NewSignal();
    private Task writing = Task.CompletedTask;

    // When the oldest event of the batch that is being written came; 0: none is.
    private long writtenNow;

    internal DecisionTrail(
        AuditEvents events,
        ServiceDatabase database,
        DatabaseReadiness readiness,
        DirectDelivery direct,
        AuditOutbox outbox,
        AuditTrailMetrics metrics,
        TimeProvider clock,
        ILogger<DecisionTrail> logger)
    {
        this.events = events;
        this.database = database;
        this.readiness = readiness;
        this.direct = direct;
        this.outbox = outbox;
        this.metrics = metrics;
        this.clock = clock;
        this.logger = logger;
    }

    /// <summary>Gets whether events can be taken, as far as the last write tells.</summary>
    internal bool IsWritable => writable;

    /// <summary>Gets whether an event is in memory for longer than it may be.</summary>
    internal bool IsLate => IsTooOld(Interlocked.Read(ref writtenNow) is var oldest and not 0 ? oldest : pending.Oldest);

    /// <summary>Takes an event without waiting. Call it before the decision is answered: where the event cannot be kept, the call must fail.</summary>
    /// <exception cref="Refusal">DEPENDENCY_UNAVAILABLE: events cannot be written now, so nothing may be decided.</exception>
    public void Record(AuditEvent auditEvent)
    {
        if (!TryAdd(auditEvent.ToByteArray()))
        {
            throw Unavailable();
        }
    }

    /// <summary>Does the same on paths so hot that an event's objects count.</summary>
    /// <exception cref="Refusal">DEPENDENCY_UNAVAILABLE: events cannot be written now, so nothing may be decided.</exception>
    public void Record(in Decision decision)
    {
        if (!TryAdd(events.Encode(decision)))
        {
            throw Unavailable();
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        writing = Task.Run(WriteAllAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Writes what is in memory, as long as the host's patience lasts and for two seconds in any case. The host calls it after the last
    /// call was answered.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        stopping = true;
        pending.Close();

        // The last calls may have used the patience up.
        await Task.WhenAny(writing, Task.Delay(LastMoment, clock, CancellationToken.None));
        await using var _ = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), giveUp);
        await writing;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        giveUp.Dispose();
        pending.Dispose();
    }

    /// <summary>Waits until no event is in memory for longer than it may be.</summary>
    /// <exception cref="Refusal">DEPENDENCY_UNAVAILABLE: that takes too long, and so the answer must not leave.</exception>
    internal async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        var begun = clock.GetTimestamp();
        while (true)
        {
            // Taken before the look, so that a write in between is not missed.
            var next = written.Task;
            if (!IsLate)
            {
                return;
            }

            var left = HoldLimit - clock.GetElapsedTime(begun);
            if (left <= TimeSpan.Zero)
            {
                throw Unavailable();
            }

            await Task.WhenAny(next, Task.Delay(left, clock, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task WriteAllAsync()
    {
        // A parent that is not recorded: the events carry their own trace ids.
        using var untraced = new Activity("decisions").SetIdFormat(ActivityIdFormat.W3C).Start();

        EventBatch? batch = null;
        try
        {
            await readiness.WaitAsync(giveUp.Token);
            writable = true;
            while (await pending.WaitAsync(giveUp.Token))
            {
                if (!pending.HasFullBatch && !stopping)
                {
                    await Task.Delay(Gathering, clock, giveUp.Token);
                }

                // Before it is taken: it must not be seen nowhere.
                Interlocked.Exchange(ref writtenNow, pending.Oldest);
                batch = pending.Take();
                if (await KeepAsync(batch) != DirectResult.NotTaken)
                {
                    pending.GiveBack(batch);
                }

                batch = null;
                Interlocked.Exchange(ref writtenNow, 0);
                Interlocked.Exchange(ref written, NewSignal()).TrySetResult();
            }
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            writable = false;
            var lost = (batch?.Count ?? 0) + pending.Count;
            if (lost > 0)
            {
                Log.DecisionsLost(logger, lost);
            }
        }
    }

    // Returns how the batch was kept: in the log, in the outbox, or in that because the log did not take it.
    private async Task<DirectResult> KeepAsync(EventBatch batch)
    {
        var pause = new BackOff(FirstPause, LongestPause);
        var result = DirectResult.NotAsked;
        while (true)
        {
            if (await direct.TryAsync(batch, giveUp.Token) is var offered and not DirectResult.NotAsked)
            {
                result = offered;
                if (result == DirectResult.Taken)
                {
                    writable = true;
                    return result;
                }
            }

            try
            {
                // Not cancelled but left alone: where the server hangs, Npgsql takes seconds to cancel, and the host has no time left.
                await outbox.AddAsync(database, batch, CancellationToken.None).WaitAsync(giveUp.Token);
                writable = true;
                return result;
            }
            catch (Exception e) when (!giveUp.IsCancellationRequested)
            {
                // Whatever it is, going on without it would lose events.
                writable = false;
                Log.DecisionsWait(logger, batch.Count, e);
            }

            await Task.Delay(pause.Next(), clock, giveUp.Token);
        }
    }

    // The time is never 0, which means that there is none.
    private bool TryAdd(ReadOnlySpan<byte> serialized) => writable && pending.TryAdd(serialized, clock.GetTimestamp() | 1);

    private bool IsTooOld(long since) => since != 0 && clock.GetElapsedTime(since) > MaximumAge;

    private Refusal Unavailable()
    {
        metrics.DecisionRefused();
        return Refusal.Because(ErrorReason.DependencyUnavailable, "Decisions cannot be recorded now, so none is made: try again.");
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
