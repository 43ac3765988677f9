using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Testing;
using static McpSecure.ApiKey.Tests.ApiKeyPlatform;
using RateLimitClient = McpSecure.ApiKey.V1.RateLimitService.RateLimitServiceClient;

namespace McpSecure.ApiKey.Tests;

public sealed class RateLimitTests(ApiKeyPlatform platform) : IClassFixture<ApiKeyPlatform>
{
    [Fact]
    public async Task Check_ManyAtOnceOnTwoReplicas_AdmitsExactlyTheLimit()
    {
        var clients = new[] { platform.As<RateLimitClient>("webshop"), platform.As<RateLimitClient>("webshop", platform.Second) };

        var reasons = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => ReasonAsync(clients[i % 2], "exact")));

        Assert.Equal(25, reasons.Count(reason => reason is null));
        Assert.Equal(175, reasons.Count(reason => reason == ErrorReason.RateLimited));
    }

    [Fact]
    public async Task Check_TellsHowFarTheLimitIsUsed()
    {
        var client = platform.As<RateLimitClient>("webshop");
        var request = new V1.CheckRateLimitRequest { Endpoint = "from-address", ClientAddress = "2001:db8::1", Cost = 3 };

        var answer = await client.CheckRateLimitAsync(request);
        var refused = await RefusedAsync(client.CheckRateLimitAsync(new(request) { ClientAddress = "2001:db8::2" }));

        Assert.Equal(("endpoint/from-address", 4, 1), (answer.RateLimit.Limit, answer.RateLimit.Burst, answer.RateLimit.Remaining));
        Assert.Equal(TimeSpan.FromMinutes(45), answer.RateLimit.ResetAfter.ToTimeSpan());
        Assert.Equal(
            (ErrorReason.RateLimited, "endpoint/from-address", "4", "1"),
            (refused.Reason, refused.Metadata["limit"], refused.Metadata["burst"], refused.Metadata["remaining"]));
        Assert.InRange(int.Parse(refused.Metadata["retry_after_seconds"]), 1_700, 1_800);
        Assert.InRange(int.Parse(refused.Metadata["reset_after_seconds"]), 2_600, 2_700);
        var told = await platform.AuditLog.FindAsync(Events.RateLimitChecked, told => told.Resource == "rate-limits/endpoint/from-address");
        Assert.Equal((Outcome.Denied, "RATE_LIMITED", "webshop"), (told.Outcome, told.Reason, told.Caller));
        await client.CheckRateLimitAsync(new(request) { ClientAddress = "2001:db8:0:1::1" });
    }

    [Theory]
    [InlineData("no-such-rule", "", "endpoint")]
    [InlineData("per-key", "", "endpoint")]
    [InlineData("from-address", "", "client_address")]
    [InlineData("from-address", "192.0.2.300", "client_address")]
    [InlineData("Exact", "", "endpoint")]
    public async Task Check_OutOfForm_IsRefusedByField(string endpoint, string address, string field)
    {
        var refused = await RefusedAsync(platform.As<RateLimitClient>("webshop").CheckRateLimitAsync(new() { Endpoint = endpoint, ClientAddress = address }));

        Assert.Equal((ErrorReason.FieldInvalid, field), (refused.Reason, Assert.Single(refused.Violations).Field));
    }

    [Fact]
    public async Task Attack_WrongPeer_IsRefused() => Assert.Equal(
        ErrorReason.CallerNotAllowed,
        (await RefusedAsync(platform.As<RateLimitClient>("stranger").CheckRateLimitAsync(new() { Endpoint = "exact" }))).Reason);

    [Fact]
    public async Task Check_RedisKilledAndBack_EachLimitDoesAsItsSettingSaysAndRecovers()
    {
        await using var redis = await RedisServer.StartNewAsync();
        var replica = await platform.StartReplicaAsync(redis: redis);
        var client = platform.As<RateLimitClient>("webshop", replica);
        Assert.Null(await ReasonAsync(client, "closed"));

        await redis.StopAsync();

        Assert.Equal(ErrorReason.DependencyUnavailable, await ReasonAsync(client, "closed"));
        Assert.Equal(20, await CountAdmittedAsync(client, "open", 20));
        Assert.Equal(5, await CountAdmittedAsync(client, "local", 20));
        await redis.StartAsync();
        await replica.WaitUntilAsync(async () => await ReasonAsync(client, "closed") is null);
        Assert.Equal(5, await CountAdmittedAsync(client, "open", 20));
    }

    [Fact]
    public async Task Check_RedisFrozen_CallsDoNotQueueUpBehindIt()
    {
        await using var redis = await RedisServer.StartNewAsync();
        var replica = await platform.StartReplicaAsync(redis: redis);
        var client = platform.As<RateLimitClient>("webshop", replica);
        Assert.Null(await ReasonAsync(client, "open"));

        redis.Freeze();
        var admitted = await CountAdmittedAsync(client, "open", 500);
        redis.Thaw();

        Assert.Equal(500, admitted);
        await replica.WaitUntilAsync(async () => await ReasonAsync(client, "closed") is null);
    }

    // The counters go by Redis's clock.
    [Fact]
    public async Task ClockJump_OfTheService_GivesNothingBack()
    {
        var client = platform.As<RateLimitClient>("webshop");
        var request = new V1.CheckRateLimitRequest { Endpoint = "from-address", ClientAddress = "192.0.2.77", Cost = 4 };
        await client.CheckRateLimitAsync(request);

        platform.Clock.Advance(TimeSpan.FromMinutes(59));

        Assert.Equal(ErrorReason.RateLimited, (await RefusedAsync(client.CheckRateLimitAsync(request))).Reason);
    }

    private static async Task<int> CountAdmittedAsync(RateLimitClient client, string endpoint, int calls)
    {
        var admitted = 0;
        for (var i = 0; i < calls; i++)
        {
            admitted += await ReasonAsync(client, endpoint) is null ? 1 : 0;
        }

        return admitted;
    }

    private static async Task<ErrorReason?> ReasonAsync(RateLimitClient client, string endpoint)
    {
        try
        {
            await client.CheckRateLimitAsync(new() { Endpoint = endpoint });
            return null;
        }
        catch (Grpc.Core.RpcException e)
        {
            return McpSecure.Client.McpSecureError.From(e).Reason;
        }
    }
}
