namespace McpSecure.ApiKey;

/// <summary>A limit as it is counted.</summary>
/// <param name="Name">What it is called towards callers: <c>key</c>, <c>address</c>, <c>organization</c>, <c>endpoint/&lt;name&gt;</c>.</param>
/// <param name="Per">Whose calls are counted together.</param>
/// <param name="Gcra">How it counts.</param>
/// <param name="WhenAway">What it does while Redis is away.</param>
/// <param name="Shadow">Whether it only watches.</param>
/// <param name="LeaseSize">How much a replica takes ahead; 0: it is exact.</param>
/// <param name="LeaseTime">How long that can be used.</param>
internal sealed record RateLimit(
    string Name, CountedPer Per, Gcra Gcra, WhenRedisIsAway WhenAway, bool Shadow, int LeaseSize, TimeSpan LeaseTime)
{
    private const int LeastShareOfLeases = 4;

    /// <summary>Makes a limit of its settings; null where they set none.</summary>
    public static RateLimit? From(string name, CountedPer per, RateLimitOptions options) =>
        options.Permits == 0 ? null : From(name, per, options, options.Permits, options.Period, options.Burst);

    /// <summary>Makes a limit of numbers that are kept elsewhere, and of settings for the rest.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="per">Whose calls are counted together.</param>
    /// <param name="options">The settings for all but the numbers.</param>
    /// <param name="permits">How much is let through in the period, at least 1.</param>
    /// <param name="period">The period.</param>
    /// <param name="burst">How much is let through at once; 0: as much as in a period.</param>
    public static RateLimit From(string name, CountedPer per, RateLimitOptions options, long permits, TimeSpan period, long burst)
    {
        // Rounded up, so that never more is let through than was said; of 100 microseconds, the least that settings allow, by 1 % at most.
        var most = burst == 0 ? permits : burst;
        var interval = (long)Math.Ceiling(period.TotalMicroseconds / permits);
        return new RateLimit(
            name, per, new Gcra(interval, most), options.WhenRedisIsAway, options.Shadow, (int)Math.Min(options.LeaseSize, most / LeastShareOfLeases), options.LeaseTime);
    }

    /// <summary>Gives what of this limit one of several replicas lets through that do not know of each other.</summary>
    public Gcra ShareOf(int replicas) => new(Gcra.IntervalInMicroseconds * replicas, Math.Max(1, Gcra.Burst / replicas));
}

/// <summary>A limit and whom it counts.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="Subject">Whose calls: the number of a UUID, of an address, or 0 for everyone.</param>
internal readonly record struct AppliedLimit(RateLimit Limit, UInt128 Subject)
{
    /// <summary>Gets what it is counted under.</summary>
    public CounterKey Key => new(Limit.Name, Limit.Per, Subject);
}

/// <summary>Names a counter.</summary>
internal readonly record struct CounterKey(string Name, CountedPer Per, UInt128 Subject)
{
    /// <summary>
    /// Writes the name in Redis, <c>mcpsecure:{apikey}:rate:&lt;per&gt;:&lt;limit&gt;:&lt;subject in hexadecimal&gt;</c>: no part of it is secret. It lives until
    /// its subject has everything back. The braces keep all counters of a call on one node of a cluster, as a script demands.
    /// </summary>
    public string InRedis() => $"mcpsecure:{{apikey}}:rate:{Letter}:{Name}:{Subject:x}";

    private char Letter => Per switch
    {
        CountedPer.Key => 'k',
        CountedPer.Organization => 'o',
        CountedPer.Address => 'a',
        CountedPer.Everyone => 'e',
    };
}
