using System.Collections.Concurrent;
using McpSecure.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpSecure.ServiceDefaults.Tests;

public sealed class CoherentCacheTests : IAsyncLifetime
{
    private const string Topic = "thing";

    private readonly FakeClock clock = new();
    private readonly MemoryTransport transport = new();
    private readonly InvalidationChannel channel;
    private int reads;

    public CoherentCacheTests()
    {
        channel = new InvalidationChannel(clock, NullLogger<InvalidationChannel>.Instance);
        transport.Join(channel);
    }

    public async Task InitializeAsync() => await channel.EchoAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Get_Again_DoesNotReadAgain()
    {
        using var cache = NewCache();

        var first = await GetAsync(cache, 1, "value");
        var second = await GetAsync(cache, 1, "other");

        Assert.Equal("value", first!.Text);
        Assert.Same(first, second);
        Assert.Equal(1, reads);
    }

    [Fact]
    public async Task Get_WhatThereIsNot_ReadsEachTime()
    {
        using var cache = NewCache();

        Assert.Null(await GetAsync(cache, 1, text: null));
        Assert.Equal("value", (await GetAsync(cache, 1, "value"))!.Text);
    }

    [Fact]
    public async Task Get_AfterTheTimeBoundSinceTheReadBegan_ReadsAgain()
    {
        using var cache = NewCache();
        await cache.GetAsync(
            1,
            (_, _) =>
            {
                clock.Advance(TimeSpan.FromSeconds(2));
                return Task.FromResult<Thing?>(new Thing("slowly read"));
            },
            CancellationToken.None);

        clock.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromTicks(1));
        Assert.Equal("slowly read", (await GetAsync(cache, 1, "new"))!.Text);

        clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal("new", (await GetAsync(cache, 1, "new"))!.Text);
    }

    [Fact]
    public async Task TryGet_FromTheExpiryInsideTheEntryOn_FindsNothing()
    {
        using var cache = NewCache();
        await cache.GetAsync(
            1, (_, _) => Task.FromResult<Thing?>(new Thing("expiring") { ExpiresAt = clock.GetUtcNow() + TimeSpan.FromSeconds(2) }), CancellationToken.None);

        clock.Advance(TimeSpan.FromSeconds(2) - TimeSpan.FromTicks(1));
        Assert.True(cache.TryGet(1, out _));

        clock.Advance(TimeSpan.FromTicks(1));
        Assert.False(cache.TryGet(1, out _));
    }

    [Fact]
    public async Task TryGet_WallClockSteppedPastTheExpiry_FindsNothing()
    {
        using var cache = NewCache();
        await cache.GetAsync(
            1, (_, _) => Task.FromResult<Thing?>(new Thing("expiring") { ExpiresAt = clock.GetUtcNow() + TimeSpan.FromSeconds(2) }), CancellationToken.None);

        clock.StepWallClock(TimeSpan.FromSeconds(2));

        Assert.False(cache.TryGet(1, out _));
    }

    [Fact]
    public async Task Invalidation_RemovesTheEntry()
    {
        using var cache = NewCache();
        await GetAsync(cache, 1, "old");
        await GetAsync(cache, 2, "kept");

        await channel.PublishAsync(Topic, "1");

        Assert.False(cache.TryGet(1, out _));
        Assert.True(cache.TryGet(2, out _));
    }

    [Fact]
    public async Task Invalidation_OfAKeyThatCannotBeRead_DropsEverything()
    {
        using var cache = NewCache();
        await GetAsync(cache, 1, "old");

        await channel.PublishAsync(Topic, "one");

        Assert.False(cache.TryGet(1, out _));
    }

    [Fact]
    public async Task Invalidation_DuringTheRead_StopsTheValueFromBeingKept()
    {
        using var cache = NewCache();
        var database = new TaskCompletionSource<Thing?>();
        var reading = cache.GetAsync(1, (_, _) => database.Task, CancellationToken.None);

        await channel.PublishAsync(Topic, "1");
        database.SetResult(new Thing("of before the change"));

        Assert.Equal("of before the change", (await reading)!.Text);
        Assert.False(cache.TryGet(1, out _));
        Assert.Equal("new", (await GetAsync(cache, 1, "new"))!.Text);
        Assert.True(cache.TryGet(1, out _));
    }

    [Fact]
    public async Task Loss_DropsEverythingAndReadsThroughUntilHeardAgain()
    {
        using var cache = NewCache();
        await GetAsync(cache, 1, "old");

        channel.Lose();
        Assert.False(cache.TryGet(1, out _));
        Assert.Equal("read through", (await GetAsync(cache, 1, "read through"))!.Text);
        Assert.Equal("read through again", (await GetAsync(cache, 1, "read through again"))!.Text);

        await channel.EchoAsync();
        Assert.Equal("new", (await GetAsync(cache, 1, "new"))!.Text);
        Assert.Equal("new", (await GetAsync(cache, 1, "newer"))!.Text);
    }

    [Fact]
    public async Task Loss_DuringTheReadAndOverBeforeItEnds_StopsTheValueFromBeingKept()
    {
        using var cache = NewCache();
        var database = new TaskCompletionSource<Thing?>();
        var reading = cache.GetAsync(1, (_, _) => database.Task, CancellationToken.None);

        channel.Lose();
        await channel.EchoAsync();
        database.SetResult(new Thing("perhaps changed during the loss"));
        await reading;

        Assert.False(cache.TryGet(1, out _));
    }

    [Fact]
    public async Task Read_BegunWhileLost_IsNotKeptThoughTheChannelIsLiveAtItsEnd()
    {
        using var cache = NewCache();
        channel.Lose();
        var database = new TaskCompletionSource<Thing?>();
        var reading = cache.GetAsync(1, (_, _) => database.Task, CancellationToken.None);

        await channel.EchoAsync();
        database.SetResult(new Thing("perhaps changed during the loss"));
        await reading;

        Assert.False(cache.TryGet(1, out _));
    }

    [Fact]
    public async Task Get_MoreThanTheCapacity_DropsTheOldest()
    {
        using var cache = NewCache(capacity: 3);

        for (var key = 1; key <= 5; key++)
        {
            await GetAsync(cache, key, "value");
        }

        Assert.Equal(3, cache.Count);
        Assert.False(cache.TryGet(2, out _));
        Assert.True(cache.TryGet(3, out _));
    }

    [Fact]
    public async Task Get_SameKeyInvalidatedAgainAndAgain_KeepsTheOthers()
    {
        using var cache = NewCache(capacity: 3);
        await GetAsync(cache, 1, "value");
        await GetAsync(cache, 2, "value");

        for (var i = 0; i < 10; i++)
        {
            await GetAsync(cache, 3, "value");
            await channel.PublishAsync(Topic, "3");
        }

        Assert.True(cache.TryGet(1, out _));
        Assert.True(cache.TryGet(2, out _));
    }

    [Fact]
    public async Task Get_FailingRead_KeepsNothing()
    {
        using var cache = NewCache();

        await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await cache.GetAsync(1, (_, _) => Task.FromException<Thing?>(new InvalidOperationException()), CancellationToken.None));

        Assert.Equal("value", (await GetAsync(cache, 1, "value"))!.Text);
    }

    [Fact]
    public async Task Disposed_FindsNothingAndKeepsNothing()
    {
        var cache = NewCache();
        await GetAsync(cache, 1, "value");

        cache.Dispose();
        await GetAsync(cache, 1, "value");

        Assert.False(cache.TryGet(1, out _));
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public async Task Get_ByManyWhileManyChange_NeverAnswersWhatWasInvalidatedBefore()
    {
        const int Keys = 8;
        using var cache = new CoherentCache<int, Thing>(channel, new(Topic) { Capacity = 5 }, _ => null, clock);
        var database = new ConcurrentDictionary<int, int>();
        var told = new int[Keys];
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(1));

        var writers = Enumerable.Range(0, 2).Select(writer => Task.Run(async () =>
        {
            // Each writer has its own keys, so that versions only grow.
            for (var i = 0; !end.IsCancellationRequested; i++)
            {
                var key = (i % (Keys / 2) * 2) + writer;
                var version = database.AddOrUpdate(key, 1, (_, old) => old + 1);
                await channel.PublishAsync(Topic, $"{key}");
                Volatile.Write(ref told[key], version);
                await Task.Yield();
            }
        }));
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; !end.IsCancellationRequested; i++)
            {
                var key = i % Keys;
                var known = Volatile.Read(ref told[key]);
                var value = await cache.GetAsync(
                    key,
                    async (k, _) =>
                    {
                        var read = database.GetValueOrDefault(k);
                        await Task.Yield();
                        return new Thing($"{read}");
                    },
                    CancellationToken.None);
                Assert.True(int.Parse(value!.Text) >= known, $"Answered version {value.Text} of key {key} after version {known} was invalidated.");
            }
        }));

        await Task.WhenAll(writers.Concat(readers));
        Assert.True(told.Sum() > 100);
    }

    private CoherentCache<int, Thing> NewCache(int capacity = 100) => new(channel, new(Topic) { Capacity = capacity }, thing => thing.ExpiresAt, clock);

    private async Task<Thing?> GetAsync(CoherentCache<int, Thing> cache, int key, string? text) => await cache.GetAsync(
        key,
        (_, _) =>
        {
            reads++;
            return Task.FromResult(text is null ? null : new Thing(text));
        },
        CancellationToken.None);

    private sealed record Thing(string Text)
    {
        public DateTimeOffset? ExpiresAt { get; init; }
    }
}
