namespace McpSecure.ApiKey;

/// <summary>Counts in memory, for one replica that knows of no other: while Redis is away. Bounded; a subject for which there is no room is refused.</summary>
/// <param name="replicas">How many replicas share each limit.</param>
/// <param name="clock">The clock; its steps do not matter.</param>
/// <param name="capacity">The most subjects.</param>
internal sealed class LocalRateCounters(int replicas, TimeProvider clock, int capacity = 100_000) : IRateCounters
{
    private const long SecondInMicroseconds = 1_000_000;

    private readonly Dictionary<CounterKey, long> arrivals = [];
    private readonly Lock change = new();
    private long nextSweep;

    public ValueTask<Charged[]?> TryTakeAsync(Charge[] charges, long cost)
    {
        var answer = new Charged[charges.Length];
        var arrivalsNow = new long[charges.Length];
        var admitted = true;
        lock (change)
        {
            var now = (long)clock.GetElapsedTime(0).TotalMicroseconds;
            for (var i = 0; i < charges.Length; i++)
            {
                var limit = charges[i].Applied.Limit;
                var gcra = limit.ShareOf(replicas);
                var stored = arrivals.TryGetValue(charges[i].Applied.Key, out var found) ? found : (long?)null;
                arrivalsNow[i] = Math.Max(now, gcra.Arrival(stored, now) - (charges[i].GivenBack * gcra.IntervalInMicroseconds));
                var wait = stored is null && !HasRoom(now, charges.Length) ? gcra.CapacityInMicroseconds : gcra.WaitFor(arrivalsNow[i], now, cost);
                answer[i] = new Charged(wait, 0, arrivalsNow[i] - now);
                admitted &= wait <= 0 || limit.Shadow;
            }

            for (var i = 0; i < charges.Length; i++)
            {
                if (admitted && answer[i].WaitInMicroseconds <= 0)
                {
                    var gcra = charges[i].Applied.Limit.ShareOf(replicas);
                    var ahead = Math.Min(charges[i].Ahead, -answer[i].WaitInMicroseconds / gcra.IntervalInMicroseconds);
                    arrivalsNow[i] += (cost + ahead) * gcra.IntervalInMicroseconds;
                    answer[i] = new Charged(answer[i].WaitInMicroseconds, ahead, arrivalsNow[i] - now);
                }

                if (answer[i].DebtInMicroseconds > 0)
                {
                    arrivals[charges[i].Applied.Key] = arrivalsNow[i];
                }
                else
                {
                    arrivals.Remove(charges[i].Applied.Key);
                }
            }
        }

        return new(answer);
    }

    private bool HasRoom(long now, int needed)
    {
        if (arrivals.Count + needed <= capacity)
        {
            return true;
        }

        // Once a second at most: who fills the memory must not make every call look through it.
        if (now >= nextSweep)
        {
            nextSweep = now + SecondInMicroseconds;
            foreach (var (key, _) in arrivals.Where(one => one.Value <= now).ToList())
            {
                arrivals.Remove(key);
            }
        }

        return arrivals.Count + needed <= capacity;
    }
}
