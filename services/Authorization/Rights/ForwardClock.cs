namespace McpSecure.Authorization;

/// <summary>
/// A clock that never goes back: what has expired once stays expired when the machine's clock is set back, until that has caught up. A clock that
/// was wrongly ahead makes what expires end early, until then or until the process starts anew: the side that denies.
/// </summary>
internal sealed class ForwardClock(TimeProvider clock) : TimeProvider
{
    private long latest;

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override DateTimeOffset GetUtcNow()
    {
        var now = clock.GetUtcNow().UtcTicks;
        var seen = Volatile.Read(ref latest);
        while (now > seen)
        {
            var before = Interlocked.CompareExchange(ref latest, now, seen);
            if (before == seen)
            {
                return new(now, TimeSpan.Zero);
            }

            seen = before;
        }

        return new(seen, TimeSpan.Zero);
    }

    public override long GetTimestamp() => clock.GetTimestamp();
}
