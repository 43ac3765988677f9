namespace McpSecure.ApiKey;

/// <summary>
/// Lets calls through as their limits say: first from what this replica has leased, the rest by one question to Redis, and while Redis is
/// away as each limit wants it. What is admitted of a limit over a time t is at most burst + rate · t, and where leases are on, lease size ·
/// replicas more: a permit is taken from the counter before it is leased, and a replica has at most one lease of a counter.
/// </summary>
internal sealed class RateLimiter(IRateCounters shared, LocalRateCounters local, LeaseBook leases, int replicas, RateLimitMetrics metrics, TimeProvider clock)
{
    /// <summary>Counts a call. Completes at once where every limit is leased, or there is none.</summary>
    public ValueTask<RateVerdict> CheckAsync(in AppliedLimits limits, long cost)
    {
        if (limits.Count == 0)
        {
            return new(new RateVerdict(RateOutcome.Admitted));
        }

        var now = Now();
        var taken = default(TakenLeases);
        LimitState? tightest = null;
        for (var i = 0; i < limits.Count; i++)
        {
            var applied = limits[i];
            if (applied.Limit.LeaseSize == 0 || leases.Find(applied.Key) is not { } account)
            {
                continue;
            }

            taken[i].Account = account;
            if (account.TryTake(applied.Limit, cost, now, out var lease, out var debt))
            {
                (taken[i].Lease, taken[i].IsTaken) = (lease, true);
                taken.Count++;
                if (!applied.Limit.Shadow)
                {
                    var state = LimitState.From(applied.Limit, applied.Limit.Gcra, cost, wait: 0, debt);
                    tightest = state.IsTighterThan(tightest) ? state : tightest;
                }
            }
        }

        if (taken.Count < limits.Count)
        {
            return AskAsync(limits, cost, taken, tightest);
        }

        metrics.Counted(tightest?.Limit, RateOutcome.Admitted, CountedBy.Lease);
        return new(new RateVerdict(RateOutcome.Admitted, tightest));
    }

    private async ValueTask<RateVerdict> AskAsync(AppliedLimits limits, long cost, TakenLeases taken, LimitState? tightest)
    {
        var charges = new Charge[limits.Count - taken.Count];
        var asking = new LeaseAccount?[charges.Length];
        var begun = Now();
        for (int i = 0, at = 0; i < limits.Count; i++)
        {
            if (!taken[i].IsTaken)
            {
                var (ahead, givenBack, asks) = taken[i].Account?.BeginAsking(limits[i].Limit) ?? default;
                asking[at] = asks ? taken[i].Account : null;
                charges[at++] = new Charge(limits[i], ahead, givenBack);
            }
        }

        Charged[]? counted = null;
        try
        {
            counted = await shared.TryTakeAsync(charges, cost);
        }
        finally
        {
            for (var i = 0; i < charges.Length; i++)
            {
                asking[i]?.EndAsking(
                    counted?[i].Ahead ?? 0, counted?[i].DebtInMicroseconds ?? 0, begun + charges[i].Applied.Limit.LeaseTime.Ticks, Now());
            }
        }

        var verdict = counted is not null ? Judge(charges, counted, cost, tightest, share: 1) : await DecideAloneAsync(charges, cost, tightest);
        if (verdict.Outcome != RateOutcome.Admitted)
        {
            taken.PutBack(limits.Count, cost);
        }

        metrics.Counted(verdict.Tightest?.Limit, verdict.Outcome, counted is null ? CountedBy.Replica : CountedBy.Redis);
        if (verdict.ShadowRefused is { } watching)
        {
            metrics.ShadowRefused(watching);
        }

        return verdict;
    }

    private async ValueTask<RateVerdict> DecideAloneAsync(Charge[] charges, long cost, LimitState? tightest)
    {
        if (Array.Exists(charges, charge => charge.Applied.Limit is { WhenAway: WhenRedisIsAway.Closed, Shadow: false }))
        {
            return new RateVerdict(RateOutcome.Unavailable);
        }

        // What is given back belongs to the counter in Redis, not to this one.
        Charge[] counting = [.. charges.Where(charge => charge.Applied.Limit.WhenAway == WhenRedisIsAway.Local).Select(charge => new Charge(charge.Applied, 0, 0))];
        return Judge(counting, (await local.TryTakeAsync(counting, cost))!, cost, tightest, replicas);
    }

    private static RateVerdict Judge(Charge[] charges, Charged[] counted, long cost, LimitState? tightest, int share)
    {
        RateLimit? shadowRefused = null;
        var refused = false;
        for (var i = 0; i < charges.Length; i++)
        {
            var limit = charges[i].Applied.Limit;
            var (wait, ahead, debt) = counted[i];
            var gcra = share == 1 ? limit.Gcra : limit.ShareOf(share);
            if (limit.Shadow)
            {
                shadowRefused = wait > 0 ? limit : shadowRefused;
                continue;
            }

            // What was taken ahead is still there for this subject.
            var state = LimitState.From(limit, gcra, cost, wait, debt - (ahead * gcra.IntervalInMicroseconds));
            refused |= wait > 0;
            tightest = state.IsTighterThan(tightest) ? state : tightest;
        }

        return new RateVerdict(refused ? RateOutcome.Refused : RateOutcome.Admitted, tightest, shadowRefused);
    }

    private long Now() => clock.GetElapsedTime(0).Ticks;
}
