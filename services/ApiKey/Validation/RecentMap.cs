using System.Collections.Concurrent;

namespace McpSecure.ApiKey;

/// <summary>Remembers what was used lately: at least <c>capacity</c> entries and at most twice as many, in two generations.</summary>
internal sealed class RecentMap<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private Generations current = new([], []);

    public bool TryGet(TKey key, out TValue? value)
    {
        var seen = Volatile.Read(ref current);
        if (seen.Young.TryGetValue(key, out value))
        {
            return true;
        }

        if (seen.Old.TryGetValue(key, out value))
        {
            Set(key, value);
            return true;
        }

        return false;
    }

    public void Set(TKey key, TValue value)
    {
        var seen = Volatile.Read(ref current);
        if (!seen.Young.TryAdd(key, value))
        {
            seen.Young[key] = value;
        }
        else if (Interlocked.Increment(ref seen.Added) >= capacity)
        {
            Interlocked.CompareExchange(ref current, new Generations([], seen.Young), seen);
        }
    }

    private sealed class Generations(ConcurrentDictionary<TKey, TValue> young, ConcurrentDictionary<TKey, TValue> old)
    {
        public int Added;

        public ConcurrentDictionary<TKey, TValue> Young { get; } = young;

        public ConcurrentDictionary<TKey, TValue> Old { get; } = old;
    }
}
