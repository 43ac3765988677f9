using McpSecure.Testing;

namespace McpSecure.ApiKey.Tests;

public sealed class RateLimiterTests
{
    private readonly FakeClock clock = new();

    [Fact]
    public async Task Check_WithinAndBeyondTheBurst_AnswersWhatIsLeftAndHowLongToWait()
    {
        var limiter = Limits.Limiter(new Shared(clock), clock);
        var limit = Limits.PerKey("key", permits: 60, TimeSpan.FromMinutes(1), burst: 3);

        var first = await limiter.CheckAsync(Limits.Of(1, limit), 2);
        var refused = await limiter.CheckAsync(Limits.Of(1, limit), 2);
        var last = await limiter.CheckAsync(Limits.Of(1, limit), 1);

        Assert.Equal(new RateVerdict(RateOutcome.Admitted, new LimitState(limit, 1, TimeSpan.FromSeconds(2), TimeSpan.Zero)), first);
        Assert.Equal(new RateVerdict(RateOutcome.Refused, new LimitState(limit, 1, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1))), refused);
        Assert.Equal(new RateVerdict(RateOutcome.Admitted, new LimitState(limit, 0, TimeSpan.FromSeconds(3), TimeSpan.Zero)), last);
        clock.Advance(TimeSpan.FromMilliseconds(999.999));
        Assert.Equal(RateOutcome.Refused, (await limiter.CheckAsync(Limits.Of(1, limit), 1)).Outcome);
        clock.Advance(TimeSpan.FromMicroseconds(1));
        Assert.Equal(RateOutcome.Admitted, (await limiter.CheckAsync(Limits.Of(1, limit), 1)).Outcome);
    }

    [Fact]
    public async Task Check_CostAboveTheBurst_IsRefusedWithoutATimeToRetry()
    {
        var verdict = await Limits.Limiter(new Shared(clock), clock).CheckAsync(Limits.Of(1, Limits.PerKey("key", 5, TimeSpan.FromMinutes(1))), 6);

        Assert.Equal((RateOutcome.Refused, null, 5L), (verdict.Outcome, verdict.Tightest!.Value.RetryAfter, verdict.Tightest.Value.Remaining));
    }

    [Fact]
    public async Task Check_OneOfSeveralRefuses_CountsInNone()
    {
        var limiter = Limits.Limiter(new Shared(clock), clock);
        var (wide, narrow) = (Limits.PerKey("wide", 100, TimeSpan.FromHours(1)), Limits.PerKey("narrow", 1, TimeSpan.FromHours(1)));
        await limiter.CheckAsync(Limits.Of(1, wide, narrow), 1);

        var refused = await limiter.CheckAsync(Limits.Of(1, wide, narrow), 1);

        Assert.Equal((RateOutcome.Refused, narrow), (refused.Outcome, refused.Tightest!.Value.Limit));
        Assert.Equal(98, (await limiter.CheckAsync(Limits.Of(1, wide), 1)).Tightest!.Value.Remaining);
    }

    [Fact]
    public async Task Check_Shadow_LetsThroughAndSaysThatItWouldNot()
    {
        var limiter = Limits.Limiter(new Shared(clock), clock);
        var watching = Limits.PerKey("watching", 1, TimeSpan.FromHours(1), shadow: true);
        await limiter.CheckAsync(Limits.Of(1, watching), 1);

        var verdict = await limiter.CheckAsync(Limits.Of(1, watching), 1);

        Assert.Equal(new RateVerdict(RateOutcome.Admitted, Tightest: null, watching), verdict);
    }

    [Theory]
    [InlineData(WhenRedisIsAway.Closed, RateOutcome.Unavailable, 0)]
    [InlineData(WhenRedisIsAway.Open, RateOutcome.Admitted, 20)]
    [InlineData(WhenRedisIsAway.Local, RateOutcome.Refused, 5)]
    internal async Task Check_RedisAway_DoesAsTheLimitSays(WhenRedisIsAway whenAway, RateOutcome atTheEnd, int admitted)
    {
        var limiter = Limits.Limiter(new Shared(clock) { IsAway = true }, clock, replicas: 2);
        var limit = Limits.PerKey("key", 10, TimeSpan.FromHours(1), whenAway: whenAway);

        var outcomes = new List<RateOutcome>();
        for (var i = 0; i < 20; i++)
        {
            outcomes.Add((await limiter.CheckAsync(Limits.Of(1, limit), 1)).Outcome);
        }

        Assert.Equal((admitted, atTheEnd), (outcomes.Count(outcome => outcome == RateOutcome.Admitted), outcomes[^1]));
    }

    [Fact]
    public async Task Check_HotSubjectWithLeases_AsksSeldom()
    {
        var shared = new Shared(clock);
        var limiter = Limits.Limiter(shared, clock);
        var limit = Limits.PerKey("key", 1_000, TimeSpan.FromSeconds(1), lease: 100);

        for (var i = 0; i < 300; i++)
        {
            Assert.Equal(RateOutcome.Admitted, (await limiter.CheckAsync(Limits.Of(1, limit), 1)).Outcome);
        }

        Assert.InRange(shared.Questions, 3, 8);
    }

    [Fact]
    public async Task Check_LeasedAndAnotherRefuses_PutsTheLeasedBack()
    {
        var limiter = Limits.Limiter(new Shared(clock), clock);
        var leased = Limits.PerKey("leased", 400, TimeSpan.FromHours(1), lease: 100);
        var narrow = Limits.PerKey("narrow", 10, TimeSpan.FromHours(1));
        for (var i = 0; i < 10; i++)
        {
            await limiter.CheckAsync(Limits.Of(1, leased, narrow), 1);
        }

        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(RateOutcome.Refused, (await limiter.CheckAsync(Limits.Of(1, leased, narrow), 1)).Outcome);
        }

        Assert.Equal(390, await CountAdmittedAsync(limiter, leased, 500));
    }

    [Fact]
    public async Task Check_LeaseRunsOut_GivesTheRestBack()
    {
        var limiter = Limits.Limiter(new Shared(clock), clock);
        var limit = Limits.PerKey("key", 400, TimeSpan.FromDays(1), lease: 100);
        await CountAdmittedAsync(limiter, limit, 10);

        clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(390, await CountAdmittedAsync(limiter, limit, 500));
    }

    // Over any window: burst + rate · t, and lease size · replicas more.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Property_LeasesOnThreeReplicas_OvershootIsBounded(int seed)
    {
        const int Replicas = 3;
        const int Lease = 20;
        var chance = new Chance(seed);
        var shared = new Shared(clock);
        var replicas = Enumerable.Range(0, Replicas).Select(_ => Limits.Limiter(shared, clock, Replicas)).ToArray();
        var limit = Limits.PerKey("key", permits: 50, TimeSpan.FromSeconds(1), burst: 80, lease: Lease);
        var admitted = new List<DateTimeOffset>();

        for (var i = 0; i < 6_000; i++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(chance.Next(100) == 0 ? chance.Next(4_000) : chance.Next(12)));
            var cost = chance.Next(1, 4);
            if ((await replicas[chance.Next(Replicas)].CheckAsync(Limits.Of(1, limit), cost)).Outcome == RateOutcome.Admitted)
            {
                admitted.AddRange(Enumerable.Repeat(clock.GetUtcNow(), cost));
            }
        }

        var mostBeyond = MostBeyond(admitted, rate: 50, burst: 80);
        Assert.InRange(mostBeyond, double.NegativeInfinity, Lease * Replicas);
        Assert.True(admitted.Count > 1_000, "The limit let nearly nothing through.");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Property_WithoutLeases_IsExact(int seed)
    {
        var chance = new Chance(seed);
        var shared = new Shared(clock);
        var replicas = Enumerable.Range(0, 3).Select(_ => Limits.Limiter(shared, clock, 3)).ToArray();
        var limit = Limits.PerKey("key", permits: 50, TimeSpan.FromSeconds(1), burst: 80);
        var admitted = new List<DateTimeOffset>();

        for (var i = 0; i < 6_000; i++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(chance.Next(100) == 0 ? chance.Next(4_000) : chance.Next(12)));
            if ((await replicas[chance.Next(3)].CheckAsync(Limits.Of(1, limit), 1)).Outcome == RateOutcome.Admitted)
            {
                admitted.Add(clock.GetUtcNow());
            }
        }

        Assert.InRange(MostBeyond(admitted, rate: 50, burst: 80), double.NegativeInfinity, 0.000_001);
    }

    [Fact]
    public async Task Attack_EndlessAddressesWhileRedisIsAway_MemoryIsBoundedAndTheRestRefused()
    {
        var counters = new LocalRateCounters(replicas: 1, clock, capacity: 100);
        var limit = Limits.PerKey("address", 10, TimeSpan.FromMinutes(1));

        var admitted = 0;
        for (var i = 0; i < 1_000; i++)
        {
            admitted += (await counters.TryTakeAsync([new Charge(new AppliedLimit(limit, (UInt128)i), 0, 0)], 1))![0].WaitInMicroseconds <= 0 ? 1 : 0;
        }

        Assert.Equal(100, admitted);
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.True((await counters.TryTakeAsync([new Charge(new AppliedLimit(limit, 5_000), 0, 0)], 1))![0].WaitInMicroseconds <= 0);
    }

    private static async Task<int> CountAdmittedAsync(RateLimiter limiter, RateLimit limit, int calls)
    {
        var admitted = 0;
        for (var i = 0; i < calls; i++)
        {
            admitted += (await limiter.CheckAsync(Limits.Of(1, limit), 1)).Outcome == RateOutcome.Admitted ? 1 : 0;
        }

        return admitted;
    }

    // Of all windows that begin and end with an admission: how much more it held than burst + rate · its length.
    private static double MostBeyond(List<DateTimeOffset> admitted, double rate, double burst)
    {
        var (most, least) = (double.NegativeInfinity, double.PositiveInfinity);
        for (var i = 0; i < admitted.Count; i++)
        {
            // The window [j, i] holds i - j + 1: the worst j has the least of j - rate · time.
            var line = rate * (admitted[i] - admitted[0]).TotalSeconds;
            least = Math.Min(least, i - line);
            most = Math.Max(most, i + 1 - line - least - burst);
        }

        return most;
    }

    /// <summary>Stands for Redis: one counter for all replicas, on the test's clock.</summary>
    private sealed class Shared(TimeProvider clock) : IRateCounters
    {
        private readonly LocalRateCounters counters = new(replicas: 1, clock);

        public bool IsAway { get; set; }

        public int Questions { get; private set; }

        public ValueTask<Charged[]?> TryTakeAsync(Charge[] charges, long cost)
        {
            Questions++;
            return IsAway ? new((Charged[]?)null) : counters.TryTakeAsync(charges, cost);
        }
    }
}
