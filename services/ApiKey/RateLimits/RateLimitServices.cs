using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.ApiKey;

/// <summary>Adds the limits of calls.</summary>
internal static class RateLimitServices
{
    /// <summary>Adds the rules, the counters in Redis and those that stand in for them, and the leases.</summary>
    public static void AddRateLimits(this IHostApplicationBuilder builder)
    {
        builder.AddSettings<RateLimitsOptions>("RateLimits");
        builder.Services.AddSingleton<RateLimitRules>();
        builder.Services.AddSingleton<RateLimitMetrics>();
        builder.Services.AddSingleton<RedisScripts>();
        builder.Services.AddHostedService(services => services.GetRequiredService<RedisScripts>());
        builder.Services.AddSingleton<IRateCounters, RedisRateCounters>();
        builder.Services.AddSingleton(services => Make(
            services.GetRequiredService<IRateCounters>(),
            services.GetRequiredService<IOptions<RateLimitsOptions>>().Value.Replicas,
            services.GetRequiredService<RateLimitMetrics>(),
            services.GetRequiredService<TimeProvider>()));
    }

    private static RateLimiter Make(IRateCounters shared, int replicas, RateLimitMetrics metrics, TimeProvider clock) =>
        new(shared, new LocalRateCounters(replicas, clock), new LeaseBook(clock), replicas, metrics, clock);
}
