using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpSecure.ApiKey.Tests;

public sealed class RateScriptTests : IAsyncLifetime
{
    private static int subjects;

    private readonly List<ConnectionMultiplexer> connections = [];
    private readonly List<RedisScripts> scripts = [];
    private readonly UInt128 subject = (UInt128)Interlocked.Increment(ref subjects) << 32;

    private RedisRateCounters counters = null!;

    private IDatabase Redis => connections[0].GetDatabase();

    public async Task InitializeAsync() => counters = await ConnectAsync();

    public async Task DisposeAsync()
    {
        foreach (var one in scripts)
        {
            await one.StopAsync(CancellationToken.None);
            one.Dispose();
        }

        connections.ForEach(connection => connection.Dispose());
    }

    [Fact]
    public async Task Take_OfManyAtOnceOverTwoConnections_AdmitsExactlyTheBurst()
    {
        var second = await ConnectAsync();
        var limit = Limits.PerKey("exact", 37, TimeSpan.FromHours(1));

        var answers = await Task.WhenAll(Enumerable.Range(0, 500)
            .Select(i => Task.Run(async () => (await (i % 2 == 0 ? counters : second).TryTakeAsync([Of(limit)], 1))![0])));

        Assert.Equal(37, answers.Count(answer => answer.WaitInMicroseconds <= 0));
    }

    // The same rules, once in Lua and once in C#; no time passes that counts.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Take_RandomCharges_AgreesWithTheCountersInMemory(int seed)
    {
        var chance = new Chance(seed);
        var memory = new LocalRateCounters(replicas: 1, new FakeClock());
        RateLimit[] limits =
        [
            Limits.PerKey($"agree-{seed}-a", 200, TimeSpan.FromDays(1)),
            Limits.PerKey($"agree-{seed}-b", 120, TimeSpan.FromDays(1), shadow: true),
            Limits.PerKey($"agree-{seed}-c", 90, TimeSpan.FromDays(1), burst: 150),
        ];
        var ahead = new long[3];

        for (var i = 0; i < 150; i++)
        {
            var chosen = Enumerable.Range(0, 3).Where(_ => chance.Next(2) == 0).DefaultIfEmpty(0).ToArray();
            Charge[] charges = [.. chosen.Select(one => new Charge(
                new AppliedLimit(limits[one], subject + 7), Ahead: chance.Next(4) == 0 ? 10 : 0, GivenBack: ahead[one] > 0 && chance.Next(3) == 0 ? ahead[one] : 0))];
            var cost = chance.Next(1, 5);

            var expected = (await memory.TryTakeAsync(charges, cost))!;
            var answered = (await counters.TryTakeAsync(charges, cost))!;

            for (var c = 0; c < charges.Length; c++)
            {
                Assert.Equal((expected[c].Ahead, expected[c].WaitInMicroseconds <= 0), (answered[c].Ahead, answered[c].WaitInMicroseconds <= 0));
                ahead[chosen[c]] += answered[c].Ahead - charges[c].GivenBack;
            }
        }
    }

    [Fact]
    public async Task Take_Counter_LivesUntilEverythingIsThereAgain()
    {
        var limit = Limits.PerKey("lives", 60, TimeSpan.FromMinutes(1));

        var taken = (await counters.TryTakeAsync([Of(limit)], 30))![0];

        var left = await Redis.KeyTimeToLiveAsync(Of(limit).Applied.Key.InRedis());
        Assert.Equal(TimeSpan.FromSeconds(30), TimeSpan.FromMicroseconds(taken.DebtInMicroseconds));
        Assert.InRange(left!.Value, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30));
        await counters.TryTakeAsync([new Charge(Of(limit).Applied, 0, GivenBack: 31)], 61);
        Assert.False(await Redis.KeyExistsAsync(Of(limit).Applied.Key.InRedis()));
    }

    [Fact]
    public async Task ClockJump_RedisGoesBackwards_ASubjectWaitsForItsCapacityAtMost()
    {
        var limit = Limits.PerKey("backwards", 60, TimeSpan.FromMinutes(1));
        var ahead = TimeProvider.System.GetUtcNow().AddDays(300).ToUnixTimeMilliseconds() * 1_000;
        await Redis.StringSetAsync(Of(limit).Applied.Key.InRedis(), ahead);

        var refused = (await counters.TryTakeAsync([Of(limit)], 1))![0];

        Assert.Equal(TimeSpan.FromSeconds(1), TimeSpan.FromMicroseconds(refused.WaitInMicroseconds));
        Assert.InRange((await Redis.KeyTimeToLiveAsync(Of(limit).Applied.Key.InRedis()))!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Take_ScriptsForgotten_AreSentAgain()
    {
        var limit = Limits.PerKey("forgotten", 60, TimeSpan.FromMinutes(1));
        await counters.TryTakeAsync([Of(limit)], 1);

        await ConnectAsync();
        await connections[1].GetServer(connections[1].GetEndPoints()[0]).ScriptFlushAsync();

        Assert.NotNull(await counters.TryTakeAsync([Of(limit)], 1));
    }

    private Charge Of(RateLimit limit) => new(new AppliedLimit(limit, subject), 0, 0);

    private async Task<RedisRateCounters> ConnectAsync()
    {
        var connection = await ConnectionMultiplexer.ConnectAsync($"{(await RedisServer.SharedAsync()).ConnectionString},allowAdmin=true");
        connections.Add(connection);
        var services = new ServiceCollection().AddSingleton<IConnectionMultiplexer>(connection).BuildServiceProvider();
        var options = Options.Create(new RateLimitsOptions { Patience = TimeSpan.FromSeconds(5) });
        var made = new RedisScripts(services, options, TimeProvider.System, NullLogger<RedisScripts>.Instance);
        scripts.Add(made);
        await made.StartAsync(CancellationToken.None);
        await made.ExecuteTask!;
        return new RedisRateCounters(made);
    }
}
