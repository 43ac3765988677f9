using System.Diagnostics.Metrics;

namespace McpSecure.ApiKey;

/// <summary>Measures what limits let through, and by what they were counted.</summary>
internal sealed class RateLimitMetrics
{
    private readonly Counter<long> calls;
    private readonly Counter<long> shadows;

    public RateLimitMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("McpSecure");
        calls = meter.CreateCounter<long>("mcpsecure.apikey.rate_limit.calls", "{call}", "Calls that were counted, by the tightest limit, how it ended, and what counted.");
        shadows = meter.CreateCounter<long>("mcpsecure.apikey.rate_limit.shadow_refusals", "{call}", "Calls that a limit which only watches would have refused.");
    }

    public void Counted(RateLimit? limit, RateOutcome outcome, CountedBy by)
    {
        if (calls.Enabled)
        {
            calls.Add(1, new("limit", limit?.Name), new("outcome", NameOf(outcome)), new("by", NameOf(by)));
        }
    }

    public void ShadowRefused(RateLimit limit) => shadows.Add(1, new KeyValuePair<string, object?>("limit", limit.Name));

    private static string NameOf(RateOutcome outcome) => outcome switch
    {
        RateOutcome.Admitted => "admitted",
        RateOutcome.Refused => "refused",
        RateOutcome.Unavailable => "unavailable",
    };

    private static string NameOf(CountedBy by) => by switch
    {
        CountedBy.Lease => "lease",
        CountedBy.Redis => "redis",
        CountedBy.Replica => "replica",
    };
}

/// <summary>What counted a call.</summary>
internal enum CountedBy
{
    /// <summary>What this replica had leased.</summary>
    Lease,

    /// <summary>Redis.</summary>
    Redis,

    /// <summary>This replica alone, since Redis is away.</summary>
    Replica,
}
