using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace McpSecure.ServiceDefaults;

/// <summary>Connects the invalidation channel to Redis and watches that it hears itself.</summary>
/// <remarks>Uses only what StackExchange.Redis 1.2.6 and 3.x both have.</remarks>
internal sealed class RedisInvalidation(
    IServiceProvider services, InvalidationChannel channel, TimeProvider clock, ILogger<RedisInvalidation> logger)
    : BackgroundService, IInvalidationTransport
{
    internal static readonly TimeSpan EchoInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long without an echo until messages count as missed. Below the time bound of the caches, or it would serve nothing.</summary>
    internal static readonly TimeSpan EchoLimit = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan PublishLimit = TimeSpan.FromSeconds(1);

    // One channel for all: they are subscribed on one connection, so its echo proves that nothing on it is missed.
    private static readonly RedisChannel Name = new("mcpsecure:invalidation", RedisChannel.PatternMode.Literal);

    private ISubscriber? subscriber;

    public async Task<bool> PublishAsync(string text)
    {
        try
        {
            await subscriber!.PublishAsync(Name, text).WaitAsync(PublishLimit, clock);
            return true;
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException or OperationCanceledException)
        {
            return false;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Making the connection blocks while Redis is away, and must not hold the start of the service up.
        var redis = await Task.Run(services.GetRequiredService<IConnectionMultiplexer>, stoppingToken);
        redis.ConnectionFailed += (_, _) => channel.Lose();
        subscriber = redis.GetSubscriber();
        channel.Connect(this);
        redis.ConnectionRestored += (_, _) => _ = channel.EchoAsync();

        var subscribed = false;
        while (true)
        {
            subscribed = subscribed || await TrySubscribeAsync();
            channel.LoseIfSilentFor(EchoLimit);
            if (subscribed)
            {
                await channel.EchoAsync();
            }

            await Task.Delay(EchoInterval, clock, stoppingToken);
        }
    }

    private async Task<bool> TrySubscribeAsync()
    {
        try
        {
            await subscriber!.SubscribeAsync(Name, (_, message) => channel.Hear(message.ToString()));
            return true;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            Log.WaitsForRedis(logger, e);
            return false;
        }
    }
}
