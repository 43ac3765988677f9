using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace McpSecure.ApiKey.Tests;

/// <summary>Makes limits and what counts them.</summary>
internal static class Limits
{
    /// <summary>Makes a limit per key.</summary>
    public static RateLimit PerKey(
        string name, int permits, TimeSpan period, int burst = 0, int lease = 0, bool shadow = false, WhenRedisIsAway whenAway = WhenRedisIsAway.Local) =>
        RateLimit.From(name, CountedPer.Key, new RateLimitOptions
        {
            Permits = permits,
            Period = period,
            Burst = burst,
            LeaseSize = lease,
            Shadow = shadow,
            WhenRedisIsAway = whenAway,
        })!;

    /// <summary>Lists limits that all count one subject.</summary>
    public static AppliedLimits Of(UInt128 subject, params ReadOnlySpan<RateLimit> limits)
    {
        var applied = new AppliedLimits();
        foreach (var limit in limits)
        {
            applied.Add(limit, subject);
        }

        return applied;
    }

    /// <summary>Makes one replica's limiter.</summary>
    public static RateLimiter Limiter(IRateCounters shared, TimeProvider clock, int replicas = 2) =>
        new(shared, new LocalRateCounters(replicas, clock), new LeaseBook(clock), replicas, Metrics(), clock);

    /// <summary>Makes a Redis that is away.</summary>
    public static RedisScripts NoRedis(TimeProvider clock) => new(
        new ServiceCollection().BuildServiceProvider(), Options.Create(new RateLimitsOptions()), clock, NullLogger<RedisScripts>.Instance);

    private static RateLimitMetrics Metrics() =>
        new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());
}
