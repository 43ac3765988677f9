using System.Collections.Concurrent;
using McpSecure.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>The channel between real replicas over a real Redis that is stopped, frozen and started.</summary>
public sealed class InvalidationChannelTests : IAsyncLifetime
{
    private readonly List<Replica> replicas = [];
    private RedisServer redis = null!;

    public async Task InitializeAsync() => redis = await RedisServer.StartNewAsync();

    public async Task DisposeAsync()
    {
        foreach (var replica in replicas)
        {
            await replica.Host.StopAsync();
            replica.Host.Dispose();
        }

        await redis.DisposeAsync();
    }

    [Fact]
    public async Task Publish_ReachesEveryReplicaWithinASecond()
    {
        var (one, other) = (await LiveReplicaAsync(), await LiveReplicaAsync());

        var begun = TimeProvider.System.GetTimestamp();
        await one.Channel.PublishAsync("thing", "stale");
        Assert.Contains("stale", one.Heard);
        await Until.TrueAsync(() => Task.FromResult(other.Heard.Contains("stale")));

        Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Redis_StoppedAndStarted_IsLostAndThenHeardAgain()
    {
        var (one, other) = (await LiveReplicaAsync(), await LiveReplicaAsync());

        await redis.StopAsync();
        await Until.TrueAsync(() => Task.FromResult(!one.Channel.IsLive && !other.Channel.IsLive));
        Assert.True(one.Lost > 0 && other.Lost > 0);
        Assert.Equal(HealthStatus.Degraded, (await one.HealthAsync()).Status);

        await redis.StartAsync();
        await Until.TrueAsync(() => Task.FromResult(one.Channel.IsLive && other.Channel.IsLive));
        await one.Channel.PublishAsync("thing", "after");
        await Until.TrueAsync(() => Task.FromResult(other.Heard.Contains("after")));
        Assert.Equal(HealthStatus.Healthy, (await one.HealthAsync()).Status);
    }

    [Fact]
    public async Task Publish_WhileRedisIsStopped_ReturnsAtOnceAndNoReplicaAnswersTheOldValueAfterwards()
    {
        var (one, other) = (await LiveReplicaAsync(), await LiveReplicaAsync());
        using var cache = new CoherentCache<string, string>(
            other.Channel, new("thing") { TimeBound = TimeSpan.FromMinutes(5) }, _ => null, TimeProvider.System);
        Assert.Equal("old", await ReadAsync(cache, "old"));
        Assert.Equal("old", await ReadAsync(cache, "not asked for"));
        await redis.StopAsync();
        await Until.TrueAsync(() => Task.FromResult(!one.Channel.IsLive && !other.Channel.IsLive));

        var begun = TimeProvider.System.GetTimestamp();
        await one.Channel.PublishAsync("thing", "unsaid");
        Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(0.5));
        Assert.Contains("unsaid", one.Heard);

        // A replica that is back later than the publisher may miss what he says again; it has kept nothing that could be stale.
        await redis.StartAsync();
        await Until.TrueAsync(() => Task.FromResult(one.Channel.IsLive && other.Channel.IsLive));
        Assert.Equal("new", await ReadAsync(cache, "new"));
    }

    [Fact]
    public async Task Redis_Frozen_IsLostAlthoughItsConnectionsAreOpen()
    {
        var one = await LiveReplicaAsync();

        var begun = TimeProvider.System.GetTimestamp();
        redis.Freeze();
        await Until.TrueAsync(() => Task.FromResult(!one.Channel.IsLive));
        Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(8));

        redis.Thaw();
        await Until.TrueAsync(() => Task.FromResult(one.Channel.IsLive));
    }

    [Fact]
    public async Task SubscriberConnection_KilledAlone_IsLostAndThenHeardAgain()
    {
        var (one, other) = (await LiveReplicaAsync(), await LiveReplicaAsync());
        var lost = one.Lost;

        using var operatorConnection = await ConnectionMultiplexer.ConnectAsync($"{redis.ConnectionString},allowAdmin=true");
        await operatorConnection.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");

        await Until.TrueAsync(() => Task.FromResult(one.Lost > lost && one.Channel.IsLive && other.Channel.IsLive));
        await other.Channel.PublishAsync("thing", "after");
        await Until.TrueAsync(() => Task.FromResult(one.Heard.Contains("after")));
    }

    [Fact]
    public async Task Start_WithoutRedis_StartsAtOnceAndFindsItLater()
    {
        await redis.StopAsync();

        var one = await ReplicaAsync();
        Assert.False(one.Channel.IsLive);
        await redis.StartAsync();

        await Until.TrueAsync(() => Task.FromResult(one.Channel.IsLive));
    }

    private static async Task<string?> ReadAsync(CoherentCache<string, string> cache, string inDatabase) =>
        await cache.GetAsync("unsaid", (_, _) => Task.FromResult<string?>(inDatabase), CancellationToken.None);

    private async Task<Replica> LiveReplicaAsync()
    {
        var replica = await ReplicaAsync();
        await Until.TrueAsync(() => Task.FromResult(replica.Channel.IsLive));
        return replica;
    }

    private async Task<Replica> ReplicaAsync()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:redis", redis.ConnectionString)]);
        builder.Logging.ClearProviders();
        builder.AddRedisChannel();
        var replica = new Replica(builder.Build());
        replicas.Add(replica);
        await replica.Host.StartAsync().WaitAsync(TimeSpan.FromSeconds(2));
        return replica;
    }

    private sealed class Replica
    {
        private int lost;

        public Replica(IHost host)
        {
            Host = host;
            Channel = host.Services.GetRequiredService<InvalidationChannel>();
            Channel.Subscribe("thing", Heard.Enqueue, () => Interlocked.Increment(ref lost));
        }

        public IHost Host { get; }

        public InvalidationChannel Channel { get; }

        public ConcurrentQueue<string> Heard { get; } = [];

        public int Lost => Volatile.Read(ref lost);

        public async Task<HealthReportEntry> HealthAsync() =>
            (await Host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["redis"];
    }
}
