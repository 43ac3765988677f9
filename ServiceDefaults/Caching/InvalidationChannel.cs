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
    private readonly TimeProvider clock;
    private readonly ILogger<InvalidationChannel> logger;
    private readonly Lock change = new();
    private readonly string replica;
    private InvalidationSubscription[] subscriptions = [];
    private volatile IInvalidationTransport? transport;
    private volatile bool live;
    private long epoch;
    private long heardAt;

    /// <summary>Makes a channel that is not connected: nothing may be cached.</summary>
    public InvalidationChannel(TimeProvider clock, ILogger<InvalidationChannel> logger)
    {
        this.clock = clock;
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
    public Task PublishAsync(string topic, string key) => SayAsync(new InvalidationMessage.Key(topic, key), topic);

    /// <summary>Tells every replica, this one first, that everything in a topic is stale. Otherwise as <see cref="PublishAsync"/>.</summary>
    public Task PublishAllAsync(string topic) => SayAsync(new InvalidationMessage.All(topic), topic);

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
        // Under the lock, so that no echo can make the channel live again before every cache is empty.
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

    /// <summary>Drops every cache where no echo was heard for this long.</summary>
    internal void LoseIfSilentFor(TimeSpan limit)
    {
        lock (change)
        {
            if (live && clock.GetElapsedTime(heardAt) > limit)
            {
                Lose();
            }
        }
    }

    /// <summary>Hears a message; text that is none is passed over.</summary>
    internal void Hear(string text)
    {
        if (InvalidationMessage.Parse(text) is { } message)
        {
            Hear(message);
        }
    }

    private void Hear(InvalidationMessage message)
    {
        switch (message)
        {
            case InvalidationMessage.Key(var topic, var key):
                foreach (var subscription in SubscriptionsOf(topic))
                {
                    subscription.OnKey(key);
                }

                break;
            case InvalidationMessage.All(var topic):
                foreach (var subscription in SubscriptionsOf(topic))
                {
                    subscription.OnLost();
                }

                break;
            case InvalidationMessage.Echo(var from, var number) when from == replica:
                HearEcho(number);
                break;
        }
    }

    private void HearEcho(long number)
    {
        lock (change)
        {
            // An echo of before the loss proves nothing about what came after.
            if (number != epoch)
            {
                return;
            }

            heardAt = clock.GetTimestamp();
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
                _ = TrySayAsync(new InvalidationMessage.All(topic), topic);
            }
        }
    }

    private IEnumerable<InvalidationSubscription> SubscriptionsOf(string topic) => Volatile.Read(ref subscriptions).Where(one => one.Topic == topic);

    private Task SayAsync(InvalidationMessage message, string topic)
    {
        Hear(message);

        // Where Redis is known to be away, the caller gains nothing by waiting for it.
        var said = TrySayAsync(message, topic);
        return live ? said : Task.CompletedTask;
    }

    private async Task TrySayAsync(InvalidationMessage message, string topic)
    {
        if (transport is not { } connected || !await connected.PublishAsync(message.ToString()))
        {
            unsaid[topic] = true;
        }
    }
}
