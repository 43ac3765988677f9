using McpSecure.Testing;
using StackExchange.Redis;

namespace McpSecure.ApiKey.Tests;

public sealed class FailureScriptTests
{
    private static readonly LockoutOptions Settings = new()
    {
        Failures = 5,
        Window = TimeSpan.FromDays(1),
        FirstWait = TimeSpan.FromMinutes(10),
        LongestWait = TimeSpan.FromMinutes(15),
        ForgetAfter = TimeSpan.FromHours(1),
    };

    // As FailureRecord counts; that a wait is over is said behind its back.
    [Fact]
    public async Task Failures_InRedis_WaitLongerEachTimeAndAreForgotten()
    {
        using var connection = await ConnectionMultiplexer.ConnectAsync((await RedisServer.SharedAsync()).ConnectionString);
        var redis = connection.GetDatabase();
        var rules = FailureRules.From(Settings);
        RedisKey key = "mcpsecure:{apikey}:lockout:test";
        RedisValue[] arguments = [rules.Gcra.IntervalInMicroseconds, rules.Gcra.CapacityInMicroseconds, rules.FirstWait, rules.LongestWait, rules.Forget];

        var waits = new List<long>();
        for (var i = 0; i < 14; i++)
        {
            waits.Add(((long[]?)await redis.ScriptEvaluateAsync(FailureScript.Text, [key], arguments))![0]);
            if (waits[^1] > 0)
            {
                await redis.HashSetAsync(key, "until", 0);
            }
        }

        Assert.Equal([0, 0, 0, 0, 0, rules.FirstWait, 0, 0, 0, 0, 0, rules.LongestWait, 0, 0], waits);
        Assert.InRange((await redis.KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(60));
    }

    // An address that never had to wait leaves nothing behind once its failures are forgiven, so that a flood from many fills no memory for an hour.
    [Fact]
    public async Task Failure_OfAnAddressThatNeverWaited_IsKeptUntilItIsForgiven()
    {
        using var connection = await ConnectionMultiplexer.ConnectAsync((await RedisServer.SharedAsync()).ConnectionString);
        var rules = FailureRules.From(new LockoutOptions());
        RedisKey key = "mcpsecure:{apikey}:lockout:once";
        RedisValue[] arguments = [rules.Gcra.IntervalInMicroseconds, rules.Gcra.CapacityInMicroseconds, rules.FirstWait, rules.LongestWait, rules.Forget];

        await connection.GetDatabase().ScriptEvaluateAsync(FailureScript.Text, [key], arguments);

        Assert.InRange((await connection.GetDatabase().KeyTimeToLiveAsync(key))!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task Failures_WhileWaiting_DoNotMakeItLonger()
    {
        using var connection = await ConnectionMultiplexer.ConnectAsync((await RedisServer.SharedAsync()).ConnectionString);
        var rules = FailureRules.From(Settings);
        RedisKey key = "mcpsecure:{apikey}:lockout:waiting";
        RedisValue[] arguments = [rules.Gcra.IntervalInMicroseconds, rules.Gcra.CapacityInMicroseconds, rules.FirstWait, rules.LongestWait, rules.Forget];

        var waits = new List<long>();
        for (var i = 0; i < 20; i++)
        {
            waits.Add(((long[]?)await connection.GetDatabase().ScriptEvaluateAsync(FailureScript.Text, [key], arguments))![0]);
        }

        Assert.Equal(waits[5..].OrderDescending(), waits[5..]);
        Assert.True(waits[^1] > 0);
    }
}
