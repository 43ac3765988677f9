namespace McpSecure.ServiceDefaults;

/// <summary>
/// Sends decisions straight to the audit log while that is quick, which spares them the outbox. What the log does not take at once goes the
/// way of all other events; so does everything while the outbox holds some, or decisions would overtake the changes before them.
/// </summary>
internal sealed class DirectDelivery(IAuditSink sink, AuditOutbox outbox, AuditTrailMetrics metrics, TimeProvider clock)
{
    // Behind the 20 ms in which a batch gathers, and before the outbox, all within the 50 ms that an event may be in memory.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly BackOff pause = new(FirstPause, LongestPause);
    private TimeSpan pausing;
    private long pausedAt;

    /// <summary>
    /// Offers a batch to the log. Where it does not take the batch, or is not asked, the batch has to be kept; its bytes must then stay as they
    /// are, since a call that was given up may still read them.
    /// </summary>
    public async Task<DirectResult> TryAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        if (!outbox.IsDelivered || clock.GetElapsedTime(pausedAt) < pausing)
        {
            return DirectResult.NotAsked;
        }

        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            switch (await sink.DeliverAsync(batch, either.Token).WaitAsync(either.Token))
            {
                case AuditDelivery.Taken:
                    metrics.Delivered(batch.Count);
                    pause.Reset();
                    return DirectResult.Taken;
                case AuditDelivery.Refused:
                    return DirectResult.NotTaken; // an event is to blame, not the log: the outbox finds out which
            }
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Mostly that its time is up. Whatever it is, the dispatcher meets it too, and says so.
        }

        (pausing, pausedAt) = (pause.Next(), clock.GetTimestamp());
        return DirectResult.NotTaken;
    }
}

/// <summary>Says what became of a batch that was offered to the log.</summary>
internal enum DirectResult
{
    Taken,

    /// <summary>The log did not take it, or it is not known whether it did.</summary>
    NotTaken,

    /// <summary>The log was not asked.</summary>
    NotAsked,
}
