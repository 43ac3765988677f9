using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Tells every replica what became stale, over Redis. Redis forgets messages for whoever is not connected, so a replica trusts the
/// channel only while it hears its own echo: while it does not, its caches are dropped and read through.
/// </summary>
public sealed class InvalidationChannel : IHealthCheck
{
    private readonly ConcurrentDictionary<string, bool> unsaid = new(StringComparer.Ordinal);
    private readonly ILogger<InvalidationChannel> logger;
    private readonly Lock change = new();
    private readonly string replica;
    private InvalidationSubscription[] subscriptions = [];
    private volatile IInvalidationTransport? transport;
    private volatile bool live;
    private long epoch;

    /// <summary>Makes a channel that is not connected: nothing may be cached.</summary>
    public InvalidationChannel(TimeProvider clock, ILogger<InvalidationChannel> logger)
    {
        this.logger = logger;
        replica = Guid.CreateVersion7(clock.GetUtcNow()).ToString("N");
    }

    /// <summary>Gets whether messages are known to arrive here.</summary>
    public bool IsLive => live;

    /// <summary>
    /// Tells every replica, this one first, that a key is stale. Call it after the commit. Never fails: where Redis is away, the
    /// topic is invalidated as a whole once it is back; meanwhile other replicas that lost Redis too read through, and one that did
    /// not answers from memory for at most the time bound of its caches.
    /// </summary>
    /// <param name="topic">What kind of thing, for example <c>apikey</c>; no line feed in it.</param>
    /// <param name="key">Which one.</param>
    public Task PublishAsync(string topic, string key)
    {
        Hear(new InvalidationMessage.Key(topic, key));
        return SayAsync(new InvalidationMessage.Key(topic, key), topic);
    }

    /// <summary>Tells every replica, this one first, that everything in a topic is stale. Otherwise as <see cref="PublishAsync"/>.</summary>
    public Task PublishAllAsync(string topic)
    {
        Hear(new InvalidationMessage.All(topic));
        return SayAsync(new InvalidationMessage.All(topic), topic);
    }

    /// <summary>Hears what becomes stale in a topic.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="onKey">Is told each stale key, perhaps more than once and from any thread. Must be quick.</param>
    /// <param name="onLost">Is told that keys may have been missed, or that all are stale: everything must be dropped.</param>
    public InvalidationSubscription Subscribe(string topic, Action<string> onKey, Action onLost)
    {
        var subscription = new InvalidationSubscription(this, topic, onKey, onLost);
        lock (change)
        {
            subscriptions = [.. subscriptions, subscription];
        }

        return subscription;
    }

    /// <summary>Reports Degraded while Redis is away: the service answers, only more slowly.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(live ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded("Waits for Redis; reads through its caches meanwhile."));

    internal void Remove(InvalidationSubscription subscription)
    {
        lock (change)
        {
            subscriptions = [.. subscriptions.Where(one => one != subscription)];
        }
    }

    internal void Connect(IInvalidationTransport connected) => transport = connected;

    /// <summary>Says something to itself; hearing it proves that this replica hears everything said since.</summary>
    internal Task EchoAsync() => transport?.PublishAsync(new InvalidationMessage.Echo(replica, Interlocked.Read(ref epoch)).ToString()) ?? Task.CompletedTask;

    /// <summary>Drops every cache: messages may have been missed.</summary>
    internal void Lose()
    {
        lock (change)
        {
            epoch++;
            if (live)
            {
                live = false;
                Log.InvalidationLost(logger);
            }

            foreach (var subscription in subscriptions)
            {
                subscription.OnLost();
            }
        }
    }

    /// <summary>Hears a message. Returns whether it was this replica's own echo.</summary>
    internal bool Hear(string text) => InvalidationMessage.Parse(text) is { } message && Hear(message);

    private bool Hear(InvalidationMessage message)
    {
        switch (message)
        {
            case InvalidationMessage.Key(var topic, var key):
                foreach (var subscription in Volatile.Read(ref subscriptions).Where(one => one.Topic == topic))
                {
                    subscription.OnKey(key);
                }

                return false;
            case InvalidationMessage.All(var topic):
                foreach (var subscription in Volatile.Read(ref subscriptions).Where(one => one.Topic == topic))
                {
                    subscription.OnLost();
                }

                return false;
            case InvalidationMessage.Echo(var from, var number) when from == replica:
                return HearEcho(number);
            default:
                return false;
        }
    }

    private bool HearEcho(long number)
    {
        lock (change)
        {
            // An echo of before the loss proves nothing about what came after.
            if (number != epoch)
            {
                return false;
            }

            if (!live)
            {
                live = true;
                Log.InvalidationLive(logger);
            }
        }

        foreach (var topic in unsaid.Keys)
        {
            if (unsaid.TryRemove(topic, out _))
            {
                _ = SayAsync(new InvalidationMessage.All(topic), topic);
            }
        }

        return true;
    }

    private async Task SayAsync(InvalidationMessage message, string topic)
    {
        if (transport is not { } connected || !await connected.PublishAsync(message.ToString()))
        {
            unsaid[topic] = true;
        }
    }
}
