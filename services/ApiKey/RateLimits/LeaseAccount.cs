namespace McpSecure.ApiKey;

/// <summary>
/// Holds what this replica has taken ahead of one counter, to admit without asking Redis. It was taken from the counter when it was leased,
/// so what is unused at its end is lost to its subject or given back, never admitted twice. One lease at a time, so that at most its size
/// is out at this replica.
/// </summary>
internal sealed class LeaseAccount
{
    // Fewer calls within the time of a lease are not worth one.
    private const int Often = 3;

    private readonly Lock change = new();
    private long permits;
    private long endsAt;
    private long generation;
    private bool asking;
    private long seenSince;
    private int seen;
    private long debtInMicroseconds;
    private long debtAt;

    /// <summary>Gets when this account was last of use, as ticks of the clock.</summary>
    public long UsedAt { get; private set; }

    /// <summary>Gets or sets whether this account was given up; whoever finds it takes another.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Takes from the lease. Says of which lease it was, to put it back.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="cost">How many permits.</param>
    /// <param name="now">The time as ticks of the clock.</param>
    /// <param name="lease">The lease.</param>
    /// <param name="debt">How long until everything is there again, in microseconds, as far as this replica knows.</param>
    public bool TryTake(RateLimit limit, long cost, long now, out long lease, out long debt)
    {
        lock (change)
        {
            (lease, debt) = (generation, 0);
            if (now - seenSince > limit.LeaseTime.Ticks)
            {
                (seenSince, seen) = (now, 0);
            }

            (seen, UsedAt) = (seen + 1, now);
            if (IsClosed || now >= endsAt || permits < cost)
            {
                return false;
            }

            permits -= cost;
            debt = Math.Max(0, debtInMicroseconds - ((now - debtAt) / TimeSpan.TicksPerMicrosecond) - (permits * limit.Gcra.IntervalInMicroseconds));
            return true;
        }
    }

    /// <summary>Puts back what was taken of a lease. If that was given back since, it is lost.</summary>
    public void PutBack(long lease, long cost)
    {
        lock (change)
        {
            if (lease == generation)
            {
                permits += cost;
            }
        }
    }

    /// <summary>Begins a question to Redis. Says how much to take ahead, and how much of the last lease to give back; it can be used no more.</summary>
    public (long Ahead, long GivenBack, bool Asks) BeginAsking(RateLimit limit)
    {
        lock (change)
        {
            if (asking || IsClosed || seen < Often)
            {
                return (0, 0, false);
            }

            var left = permits;
            (asking, permits) = (true, 0);
            generation++;
            return (limit.LeaseSize, left, true);
        }
    }

    /// <summary>Ends the question that <see cref="BeginAsking"/> began.</summary>
    /// <param name="ahead">How much was taken ahead; 0 also where that is not known.</param>
    /// <param name="debt">How long until everything is there again, in microseconds.</param>
    /// <param name="endsAt">When the lease ends, as ticks of the clock, counted from before the question.</param>
    /// <param name="now">The time.</param>
    public void EndAsking(long ahead, long debt, long endsAt, long now)
    {
        lock (change)
        {
            (asking, permits, this.endsAt) = (false, ahead, endsAt);
            (debtInMicroseconds, debtAt) = (debt, now);
            generation++;
        }
    }

    /// <summary>Gives this account up if nobody used it since then.</summary>
    public bool TryClose(long notUsedSince)
    {
        lock (change)
        {
            return IsClosed = IsClosed || (!asking && UsedAt < notUsedSince);
        }
    }
}
