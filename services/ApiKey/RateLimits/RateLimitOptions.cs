namespace McpSecure.ApiKey;

/// <summary>Says how much of something is let through. Checked by <see cref="RateLimitsOptions"/>, which knows its place.</summary>
internal class RateLimitOptions
{
    private const int MostPerSecond = 10_000;
    private const int LeastShareOfLeases = 4;
    private static readonly TimeSpan LongestRefill = TimeSpan.FromDays(7);

    /// <summary>Gets or sets how much is let through in <see cref="Period"/> in the long run. Default 0: there is no limit; at most 10 000 a second.</summary>
    public int Permits { get; set; }

    /// <summary>Gets or sets the time that <see cref="Permits"/> is for. Default 1 minute; 1 second to 1 day.</summary>
    public TimeSpan Period { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets how much is let through at once after a rest. Default 0: as <see cref="Permits"/>; what refills in at most 7 days.</summary>
    public int Burst { get; set; }

    /// <summary>Gets or sets what happens while Redis, which counts for all replicas, is away. Default Local.</summary>
    public WhenRedisIsAway WhenRedisIsAway { get; set; } = WhenRedisIsAway.Local;

    /// <summary>Gets or sets whether the limit is only watched: what it would refuse is recorded and let through. Default false.</summary>
    public bool Shadow { get; set; }

    /// <summary>
    /// Gets or sets how much a replica that sees a subject often takes from Redis ahead, to admit without asking. Default 0: nothing, each
    /// call asks; at most a quarter of the burst. Over any time, at most this times the number of replicas is admitted beyond the limit.
    /// </summary>
    public int LeaseSize { get; set; }

    /// <summary>Gets or sets how long what was taken ahead can be used. Default 1 second; 100 milliseconds to 10 seconds.</summary>
    public TimeSpan LeaseTime { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets whether not one call too many may be admitted. Default: exactly where there is no <see cref="LeaseSize"/>; true excludes one.</summary>
    public bool? Exact { get; set; }

    /// <summary>Lists what is wrong, by the setting's name.</summary>
    public virtual IEnumerable<(string Setting, string Fault)> Faults()
    {
        if (Permits < 0 || (Period > TimeSpan.Zero && Permits > MostPerSecond * Period.TotalSeconds))
        {
            yield return (nameof(Permits), $"must be at least 0 and at most {MostPerSecond} a second.");
        }

        if (Period < TimeSpan.FromSeconds(1) || Period > TimeSpan.FromDays(1))
        {
            yield return (nameof(Period), "must be 1 second to 1 day.");
        }

        if (Burst < 0 || (Permits > 0 && Burst > LongestRefill / Period * Permits))
        {
            yield return (nameof(Burst), "must be at least 0 and refill within 7 days.");
        }

        if (!Enum.IsDefined(WhenRedisIsAway))
        {
            yield return (nameof(WhenRedisIsAway), "must be Closed, Open or Local.");
        }

        if (LeaseSize < 0 || (Permits > 0 && LeaseSize > Math.Max(Burst, Burst == 0 ? Permits : 0) / LeastShareOfLeases))
        {
            yield return (nameof(LeaseSize), "must be at least 0 and at most a quarter of the burst.");
        }

        if (LeaseTime < TimeSpan.FromMilliseconds(100) || LeaseTime > TimeSpan.FromSeconds(10))
        {
            yield return (nameof(LeaseTime), "must be 100 milliseconds to 10 seconds.");
        }

        if (Exact == true && LeaseSize > 0)
        {
            yield return (nameof(Exact), "excludes a LeaseSize.");
        }
        else if (Exact == false && LeaseSize == 0)
        {
            yield return (nameof(Exact), "false needs a LeaseSize.");
        }
    }
}

/// <summary>Says how much of an endpoint's calls is let through.</summary>
internal sealed class EndpointRuleOptions : RateLimitOptions
{
    /// <summary>Gets or sets what a call counts for where the caller does not say. Default 1; 1 to 10 000, and at most the burst.</summary>
    public int Cost { get; set; } = 1;

    /// <summary>Gets or sets whose calls are counted together. Default Key.</summary>
    public CountedPer Per { get; set; } = CountedPer.Key;

    /// <inheritdoc/>
    public override IEnumerable<(string Setting, string Fault)> Faults()
    {
        foreach (var fault in base.Faults())
        {
            yield return fault;
        }

        if (Permits == 0)
        {
            yield return (nameof(Permits), "must be given.");
        }

        if (Cost is < 1 or > RateLimitsOptions.HighestCost || Cost > (Burst == 0 ? Permits : Burst))
        {
            yield return (nameof(Cost), $"must be 1 to {RateLimitsOptions.HighestCost}, and at most the burst.");
        }

        if (!Enum.IsDefined(Per))
        {
            yield return (nameof(Per), "must be Key, Organization, Address or Everyone.");
        }
    }
}

/// <summary>What a limit does while Redis is away.</summary>
internal enum WhenRedisIsAway
{
    /// <summary>Each replica counts for itself and lets its share through.</summary>
    Local,

    /// <summary>Nothing is let through.</summary>
    Closed,

    /// <summary>Everything is let through.</summary>
    Open,
}

/// <summary>Whose calls are counted together.</summary>
internal enum CountedPer
{
    /// <summary>Those of one API key.</summary>
    Key,

    /// <summary>Those of one organization's keys.</summary>
    Organization,

    /// <summary>Those from one address; of IPv6, from one network of 64 bits.</summary>
    Address,

    /// <summary>All.</summary>
    Everyone,
}
