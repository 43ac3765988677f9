using McpSecure.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpSecure.ServiceDefaults.Tests;

public sealed class InvalidationRulesTests
{
    private readonly FakeClock clock = new();
    private readonly MemoryTransport transport = new();
    private readonly List<string> heard = [];
    private readonly InvalidationChannel channel;
    private int lost;

    public InvalidationRulesTests()
    {
        channel = NewChannel();
        channel.Subscribe("apikey", heard.Add, () => lost++);
    }

    [Fact]
    public async Task Channel_BeforeItHearsItself_IsNotLive()
    {
        Assert.False(channel.IsLive);

        await channel.EchoAsync();

        Assert.True(channel.IsLive);
    }

    [Fact]
    public async Task Echo_OfAnotherReplica_ProvesNothing()
    {
        var other = NewChannel();

        await other.EchoAsync();

        Assert.True(other.IsLive);
        Assert.False(channel.IsLive);
    }

    [Fact]
    public async Task Echo_FromBeforeALoss_ProvesNothing()
    {
        await channel.EchoAsync();
        var old = transport.Said[^1];

        channel.Lose();
        channel.Hear(old);

        Assert.False(channel.IsLive);
    }

    [Fact]
    public async Task Silence_ForLongerThanTheLimit_IsALoss()
    {
        await channel.EchoAsync();

        clock.Advance(RedisInvalidation.EchoLimit);
        channel.LoseIfSilentFor(RedisInvalidation.EchoLimit);
        Assert.True(channel.IsLive);

        clock.Advance(TimeSpan.FromTicks(1));
        channel.LoseIfSilentFor(RedisInvalidation.EchoLimit);
        Assert.False(channel.IsLive);
        Assert.Equal(1, lost);
    }

    [Fact]
    public async Task Publish_ReachesItsTopicAlone()
    {
        await channel.PublishAsync("apikey", "one");
        await channel.PublishAsync("role", "two");

        // Once at home, once around.
        Assert.Equal(["one", "one"], heard);
        Assert.Equal(0, lost);
    }

    [Fact]
    public async Task PublishAll_DropsTheTopic()
    {
        await channel.PublishAllAsync("apikey");

        Assert.Equal(2, lost);
    }

    [Fact]
    public async Task Publish_WhileRedisIsAway_IsHeardHereAtOnceAndEverywhereAfterwards()
    {
        var other = NewChannel();
        var lostByOther = 0;
        other.Subscribe("apikey", _ => { }, () => lostByOther++);
        await channel.EchoAsync();
        transport.IsUp = false;

        await channel.PublishAsync("apikey", "one");
        Assert.Equal(["one"], heard);
        Assert.Equal(0, lostByOther);

        transport.IsUp = true;
        await channel.EchoAsync();
        Assert.Equal(1, lostByOther);
    }

    [Fact]
    public async Task DisposedSubscription_HearsNothing()
    {
        var subscription = channel.Subscribe("role", heard.Add, () => lost++);

        subscription.Dispose();
        await channel.PublishAsync("role", "one");

        Assert.Empty(heard);
    }

    [Theory]
    [InlineData("")]
    [InlineData("k")]
    [InlineData("k\napikey")]
    [InlineData("x\napikey\none")]
    [InlineData("e\nsomebody\nnot a number")]
    public void Hear_WhatIsNoMessage_IsPassedOver(string text)
    {
        channel.Hear(text);

        Assert.Empty(heard);
        Assert.Equal(0, lost);
    }

    [Fact]
    public void Hear_KeyWithALineFeed_IsThatKey()
    {
        channel.Hear("k\napikey\none\ntwo");

        Assert.Equal(["one\ntwo"], heard);
    }

    private InvalidationChannel NewChannel()
    {
        var made = new InvalidationChannel(clock, NullLogger<InvalidationChannel>.Instance);
        transport.Join(made);
        return made;
    }
}
