using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace McpSecure.ServiceDefaults;

/// <summary>Gives a service Redis and the invalidation channel over it.</summary>
public static class RedisExtensions
{
    /// <summary>
    /// Adds <see cref="IConnectionMultiplexer"/> for <c>ConnectionStrings:redis</c> and <see cref="InvalidationChannel"/>. The service starts
    /// and stays ready without Redis.
    /// </summary>
    public static void AddRedisChannel(this IHostApplicationBuilder builder)
    {
        // Readiness is ours: Redis holds what may be lost, so its absence must not take every replica out of service.
        builder.AddRedisClient("redis", settings => settings.DisableHealthChecks = true);

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<InvalidationChannel>();
        builder.Services.AddHostedService<RedisInvalidation>();
        builder.Services.AddHealthChecks().AddCheck<InvalidationChannel>("redis");
    }
}
