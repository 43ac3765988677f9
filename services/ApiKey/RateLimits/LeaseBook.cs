using System.Collections.Concurrent;

namespace McpSecure.ApiKey;

/// <summary>Finds the account of a counter's leases. Bounded: where there is no room, there is no account, and each call asks Redis.</summary>
internal sealed class LeaseBook(TimeProvider clock, int capacity = 50_000)
{
    private static readonly long IdleTicks = TimeSpan.FromMinutes(1).Ticks;

    private readonly ConcurrentDictionary<CounterKey, LeaseAccount> accounts = new();
    private long nextSweep;
    private int count;

    /// <summary>Finds or makes an account.</summary>
    public LeaseAccount? Find(CounterKey key)
    {
        if (accounts.TryGetValue(key, out var account) && !account.IsClosed)
        {
            return account;
        }

        if (!HasRoom())
        {
            return null;
        }

        var made = new LeaseAccount();
        account = accounts.GetOrAdd(key, made);
        if (account == made)
        {
            Interlocked.Increment(ref count);
        }

        return account;
    }

    private bool HasRoom()
    {
        var now = clock.GetElapsedTime(0).Ticks;
        var due = Volatile.Read(ref nextSweep);
        if (now >= due && Interlocked.CompareExchange(ref nextSweep, now + IdleTicks, due) == due)
        {
            foreach (var (key, account) in accounts)
            {
                if (account.TryClose(now - IdleTicks) && accounts.TryRemove(KeyValuePair.Create(key, account)))
                {
                    Interlocked.Decrement(ref count);
                }
            }
        }

        return Volatile.Read(ref count) < capacity;
    }
}
