using System.Collections.Concurrent;

namespace McpSecure.ApiKey;

/// <summary>
/// Counts the use of keys in memory until it is written. Counting waits for nothing. Bounded: a key for which there is no room is not counted, and
/// that is measured. Only keys that were proven are counted, so nobody fills it with what he makes up.
/// </summary>
internal sealed class UseCounters(ApiKeyMetrics metrics, int capacity = 100_000)
{
    private readonly ConcurrentDictionary<ApiKeyId, Counter> counters = new();
    private int count;

    /// <summary>Counts a use.</summary>
    public void Count(ApiKeyId key, UseOutcome outcome, DateTimeOffset at)
    {
        while (true)
        {
            if (!counters.TryGetValue(key, out var counter))
            {
                if (Volatile.Read(ref count) >= capacity)
                {
                    metrics.UseNotCounted();
                    return;
                }

                var made = new Counter();
                counter = counters.GetOrAdd(key, made);
                if (counter == made)
                {
                    Interlocked.Increment(ref count);
                }
            }

            if (counter.TryCount(outcome, at))
            {
                return;
            }
        }
    }

    /// <summary>Takes what was counted since the last time. What is counted meanwhile is in this answer or in the next.</summary>
    public IReadOnlyList<KeyUse> Take()
    {
        var taken = new List<KeyUse>();
        foreach (var (key, counter) in counters)
        {
            if (!counter.Take(key, taken) && counters.TryRemove(KeyValuePair.Create(key, counter)))
            {
                Interlocked.Decrement(ref count);
            }
        }

        return taken;
    }

    private sealed class Counter
    {
        private readonly Lock change = new();
        private readonly List<(long Hour, UseCounts Counts, DateTimeOffset? LastAllowedAt)> before = [];
        private long hour;
        private UseCounts counts;
        private DateTimeOffset? lastAllowedAt;
        private bool isClosed;

        /// <summary>Counts; false where this counter was given up, and another has to be found.</summary>
        public bool TryCount(UseOutcome outcome, DateTimeOffset at)
        {
            var now = at.UtcTicks / TimeSpan.TicksPerHour;
            lock (change)
            {
                if (isClosed)
                {
                    return false;
                }

                if (now != hour)
                {
                    EndHour();
                    hour = now;
                }

                counts = counts.Plus(outcome);
                if (outcome == UseOutcome.Allowed)
                {
                    lastAllowedAt = at;
                }

                return true;
            }
        }

        /// <summary>Takes what is here. Gives the counter up and answers false where nothing is.</summary>
        public bool Take(ApiKeyId key, List<KeyUse> taken)
        {
            lock (change)
            {
                EndHour();
                foreach (var one in before)
                {
                    taken.Add(new KeyUse(key, new DateTimeOffset(one.Hour * TimeSpan.TicksPerHour, TimeSpan.Zero), one.Counts, one.LastAllowedAt));
                }

                isClosed = before.Count == 0;
                before.Clear();
                return !isClosed;
            }
        }

        private void EndHour()
        {
            if (counts != default)
            {
                before.Add((hour, counts, lastAllowedAt));
                (counts, lastAllowedAt) = (default, null);
            }
        }
    }
}
