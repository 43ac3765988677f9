using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Keeps what was read from the database for a few seconds and never answers what is known to be stale: an invalidation removes the
/// entry and stops every read that began before it from being kept; while invalidations cannot be heard, nothing is kept or answered;
/// a time bound backs it all.
/// </summary>
/// <typeparam name="TKey">The key; its text is the key on the invalidation channel.</typeparam>
/// <typeparam name="TValue">The value; null (there is none) is never kept.</typeparam>
public sealed class CoherentCache<TKey, TValue> : IDisposable
    where TKey : notnull, IParsable<TKey>
    where TValue : class
{
    private const int Stripes = 1024;
    private const long NotLive = -1;

    private readonly ConcurrentDictionary<TKey, LinkedListNode<Entry>> entries = new();

    // The oldest first, by when they were kept.
    private readonly LinkedList<Entry> byAge = new();

    // One counter for many keys: an invalidation of one may keep a neighbour's read from being kept, which costs a read.
    private readonly long[] generations = new long[Stripes];
    private readonly Lock change = new();
    private readonly CoherentCacheOptions options;
    private readonly Func<TValue, DateTimeOffset?> expiresAt;
    private readonly Func<TValue, int>? weightOf;
    private readonly TimeProvider clock;
    private readonly InvalidationSubscription subscription;
    private long weight;

    /// <summary>Makes an empty cache that hears the invalidations of its topic.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="options">The topic and the size.</param>
    /// <param name="expiresAt">Reads the time from which a value must not be answered any more; null where it has none.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="weightOf">Weighs a value against the capacity, 1 or more; not given: each weighs 1.</param>
    public CoherentCache(
        InvalidationChannel channel,
        CoherentCacheOptions options,
        Func<TValue, DateTimeOffset?> expiresAt,
        TimeProvider clock,
        Func<TValue, int>? weightOf = null)
    {
        this.weightOf = weightOf;
        this.options = options;
        this.expiresAt = expiresAt;
        this.clock = clock;
        subscription = channel.Subscribe(options.Topic, Invalidate, Clear);
    }

    /// <summary>Gets how many entries are kept.</summary>
    public int Count => entries.Count;

    /// <summary>Finds a value that may be answered now.</summary>
    public bool TryGet(TKey key, [NotNullWhen(true)] out TValue? value)
    {
        if (subscription.IsLive && entries.TryGetValue(key, out var node) && MayAnswer(node.Value))
        {
            value = node.Value.Value;
            return true;
        }

        value = null;
        return false;
    }

    /// <summary>Finds a value that may be answered now, else reads it with <paramref name="read"/> and keeps it if it may be kept.</summary>
    /// <returns>The value, or null where <paramref name="read"/> found none.</returns>
    public ValueTask<TValue?> GetAsync(TKey key, Func<TKey, CancellationToken, Task<TValue?>> read, CancellationToken cancellationToken) =>
        TryGet(key, out var value) ? new ValueTask<TValue?>(value) : new ValueTask<TValue?>(ReadAsync(key, read, cancellationToken));

    /// <summary>Reads a value with <paramref name="read"/> whatever is kept, and keeps it if it may be kept.</summary>
    /// <returns>The value, or null where <paramref name="read"/> found none.</returns>
    public Task<TValue?> RefreshAsync(TKey key, Func<TKey, CancellationToken, Task<TValue?>> read, CancellationToken cancellationToken) =>
        ReadAsync(key, read, cancellationToken);

    /// <summary>Stops hearing invalidations; every later look finds nothing.</summary>
    public void Dispose()
    {
        subscription.Dispose();
        Clear();
    }

    private async Task<TValue?> ReadAsync(TKey key, Func<TKey, CancellationToken, Task<TValue?>> read, CancellationToken cancellationToken)
    {
        // Before the read: whatever is invalidated from here on may or may not be in what is read. The generation comes first: a loss of the
        // channel ends the liveness before it changes the generations, so that one of the two looks sees it.
        var generation = Volatile.Read(ref Generation(key));
        if (!subscription.IsLive)
        {
            generation = NotLive;
        }

        var readAt = clock.GetTimestamp();

        var value = await read(key, cancellationToken);

        if (value is not null && generation != NotLive)
        {
            Keep(new Entry(key, value, readAt, expiresAt(value), weightOf?.Invoke(value) ?? 1), generation);
        }

        return value;
    }

    private void Keep(Entry entry, long generation)
    {
        lock (change)
        {
            if (Generation(entry.Key) != generation)
            {
                return;
            }

            Remove(entry.Key);
            entries[entry.Key] = byAge.AddLast(entry);
            weight += entry.Weight;
            while (byAge.First is { } oldest && (weight > options.Capacity || !IsYoung(oldest.Value)))
            {
                Remove(oldest.Value.Key);
            }
        }
    }

    private void Invalidate(string text)
    {
        // A key that cannot be read could be any.
        if (!TKey.TryParse(text, provider: null, out var key))
        {
            Clear();
            return;
        }

        lock (change)
        {
            Generation(key)++;
            Remove(key);
        }
    }

    private void Clear()
    {
        lock (change)
        {
            for (var i = 0; i < Stripes; i++)
            {
                generations[i]++;
            }

            entries.Clear();
            byAge.Clear();
            weight = 0;
        }
    }

    private void Remove(TKey key)
    {
        if (entries.TryRemove(key, out var node))
        {
            byAge.Remove(node);
            weight -= node.Value.Weight;
        }
    }

    private ref long Generation(TKey key) => ref generations[(uint)key.GetHashCode() % Stripes];

    private bool MayAnswer(Entry entry) => IsYoung(entry) && !(entry.ExpiresAt <= clock.GetUtcNow());

    private bool IsYoung(Entry entry) => clock.GetElapsedTime(entry.ReadAt) < options.TimeBound;

    private sealed record Entry(TKey Key, TValue Value, long ReadAt, DateTimeOffset? ExpiresAt, int Weight);
}
