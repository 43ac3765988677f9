using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace McpSecure.ServiceDefaults;

/// <summary>Decides when the outbox is looked at: soon after something was added, every second in any case, more rarely while the log is away.</summary>
internal sealed class AuditDispatcher(
    ServiceDatabase database,
    DatabaseReadiness readiness,
    AuditOutbox outbox,
    OutboxDelivery delivery,
    AuditTrailMetrics metrics,
    TimeProvider clock,
    ILogger<AuditDispatcher> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(20);

    // Where events come without an end, a round costs as much for few as for many.
    private static readonly TimeSpan Spacing = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MeasureInterval = TimeSpan.FromSeconds(10);

    private readonly BackOff pause = new(FirstPause, LongestPause);
    private string? said;
    private long measuredAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A parent that is not recorded: looking once a second is no story to trace, and the events carry their own trace ids.
        using var untraced = new Activity("outbox").SetIdFormat(ActivityIdFormat.W3C).Start();

        await readiness.WaitAsync(stoppingToken);
        var look = Interval;
        var deliveredAt = clock.GetTimestamp();
        while (true)
        {
            await MeasureAsync(stoppingToken);
            switch (await TryDeliverAsync(stoppingToken))
            {
                case DeliveryRound.Away:
                    await Task.Delay(pause.Next(), clock, stoppingToken);
                    continue;
                case DeliveryRound.Done { MoreIsThere: true }:
                    continue;
                case DeliveryRound.Done { Taken: > 0 }:
                    deliveredAt = clock.GetTimestamp();
                    break;
            }

            // The signal comes before its transaction commits, and nobody knows how long before: look soon, then ever more rarely.
            if (await outbox.WaitAsync(look, clock, stoppingToken))
            {
                look = FirstLook;
                var left = Spacing - clock.GetElapsedTime(deliveredAt);
                await Task.Delay(left > look ? left : look, clock, stoppingToken);
            }
            else
            {
                look = look * 2 < Interval ? look * 2 : Interval;
            }
        }
    }

    private async Task<DeliveryRound> TryDeliverAsync(CancellationToken cancellationToken)
    {
        var addedBefore = outbox.Added;
        var round = await DeliverAsync(cancellationToken);
        if (round is DeliveryRound.Done { MoreIsThere: false })
        {
            outbox.NoteDelivered(addedBefore);
        }

        if (round is DeliveryRound.Away(var reason))
        {
            metrics.AuditAway();
            if (reason != said)
            {
                Log.AuditAway(logger, reason);
            }

            said = reason;
        }
        else
        {
            pause.Reset();
            said = null;
        }

        return round;
    }

    private async Task<DeliveryRound> DeliverAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await delivery.DeliverAsync(cancellationToken);
        }
        catch (NpgsqlException e) when (e.IsDatabaseAway())
        {
            return new DeliveryRound.Away("Postgres does not answer");
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it is, the other events must not wait for ever behind it without anybody trying.
            Log.DeliveryFailed(logger, e);
            return new DeliveryRound.Away(e.GetType().Name);
        }
    }

    private async Task MeasureAsync(CancellationToken cancellationToken)
    {
        if (measuredAt != 0 && clock.GetElapsedTime(measuredAt) < MeasureInterval)
        {
            return;
        }

        measuredAt = clock.GetTimestamp() | 1;
        try
        {
            metrics.Outbox(await AuditOutbox.LookAsync(database, cancellationToken));
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The gauges keep their last values: no measuring may end the delivery, and with it the service. Delivery says what is wrong.
        }
    }
}
