using System.Diagnostics;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using static McpSecure.ApiKey.Tests.ApiKeyPlatform;

namespace McpSecure.ApiKey.Tests;

public sealed class ReplicaTests(ApiKeyPlatform platform) : IClassFixture<ApiKeyPlatform>
{
    [Fact]
    public async Task Attack_RevokedKeyFromCache_IsDeniedOnTheOtherReplicaWithinASecond()
    {
        var user = platform.NewUser();
        var created = await platform.CreateAsync(user);
        var second = platform.As("webshop", platform.Second);
        await second.ValidateApiKeyAsync(new() { Secret = created.Secret });

        await platform.As("cli").RevokeApiKeyAsync(new() { ApiKeyId = created.ApiKey.ApiKeyId }, platform.Auth.SignIn(user));
        var answered = Stopwatch.GetTimestamp();
        while (await IsValidAsync(second, created.Secret) && Stopwatch.GetElapsedTime(answered) < TimeSpan.FromSeconds(10))
        {
            await Task.Delay(5);
        }

        Assert.InRange(Stopwatch.GetElapsedTime(answered), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Validate_KeyOfAnotherReplica_IsValid()
    {
        var created = await platform.CreateAsync(platform.NewUser());

        Assert.True(await IsValidAsync(platform.As("webshop", platform.Second), created.Secret));
    }

    [Fact]
    public async Task Validate_Warm_ReadsNothing()
    {
        var created = await platform.CreateAsync(platform.NewUser());
        var first = platform.As("webshop");
        Assert.True(await IsValidAsync(first, created.Secret));

        // Behind the service's back: only who reads would see it.
        await platform.ExecuteAsync($"UPDATE api_keys SET revoked_at = now() WHERE id = '{created.ApiKey.ApiKeyId}'");

        Assert.True(await IsValidAsync(first, created.Secret));
        await platform.First.Services.GetRequiredService<ApiKeyReader>().ForgetAsync(new ApiKeyId(Guid.Parse(created.ApiKey.ApiKeyId)));
        Assert.False(await IsValidAsync(first, created.Secret));
    }

    [Fact]
    public async Task Attack_LostInvalidationChannel_ValidationReadsThroughToPostgres()
    {
        await using var redis = await RedisServer.StartNewAsync();
        var replica = await platform.StartReplicaAsync(redis: redis);
        var created = await platform.CreateAsync(platform.NewUser());
        var client = platform.As("webshop", replica);
        Assert.True(await IsValidAsync(client, created.Secret));

        await redis.StopAsync();
        await replica.WaitUntilAsync(() => Task.FromResult(!replica.Services.GetRequiredService<InvalidationChannel>().IsLive));

        Assert.True(await IsValidAsync(client, created.Secret));
        await platform.ExecuteAsync($"UPDATE api_keys SET revoked_at = now() WHERE id = '{created.ApiKey.ApiKeyId}'");
        Assert.False(await IsValidAsync(client, created.Secret));
    }

    [Fact]
    public async Task Validate_CachedKey_ExpiresWhenItsTimeIsUp()
    {
        var created = await platform.CreateAsync(platform.NewUser(), TimeSpan.FromMinutes(1));
        var first = platform.As("webshop");
        Assert.True(await IsValidAsync(first, created.Secret));

        platform.Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.True(await IsValidAsync(first, created.Secret));
        platform.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.False(await IsValidAsync(first, created.Secret));
    }

    [Fact]
    public async Task Start_CryptoAway_WaitsNotReadyAndRecoversByItself()
    {
        platform.Crypto.IsAway = true;
        var replica = await platform.LaunchReplicaAsync();
        var client = platform.As("webshop", replica);

        var refused = await RefusedAsync(client.ValidateApiKeyAsync(new() { Secret = "mcp_sk_x" }));

        Assert.Equal(ErrorReason.DependencyUnavailable, refused.Reason);
        Assert.False(await replica.IsReadyAsync());
        platform.Crypto.IsAway = false;
        await replica.WaitUntilAsync(replica.IsReadyAsync);
        Assert.Equal(ErrorReason.ApiKeyInvalid, (await RefusedAsync(client.ValidateApiKeyAsync(new() { Secret = "mcp_sk_x" }))).Reason);
    }

    [Fact]
    public async Task Validate_DatabaseAway_IsUnavailableAndNeverInvalid()
    {
        await using var postgres = await PostgresServer.StartNewAsync();
        var replica = await platform.StartReplicaAsync(database: await postgres.CreateDatabaseAsync());
        var user = platform.NewUser();
        var created = await platform.As("cli", replica).CreateApiKeyAsync(new() { Name = "x", Scopes = { "mcp:read" } }, platform.Auth.SignIn(user));
        var client = platform.As("webshop", replica);

        await postgres.KillAsync();
        var refused = await RefusedAsync(client.ValidateApiKeyAsync(new() { Secret = created.Secret }));
        await postgres.StartAsync();

        Assert.Equal(ErrorReason.DependencyUnavailable, refused.Reason);
        await replica.WaitUntilAsync(async () => await IsAnsweredAsync(client, created.Secret));
    }

    private static async Task<bool> IsValidAsync(V1.ApiKeyService.ApiKeyServiceClient client, string secret)
    {
        try
        {
            await client.ValidateApiKeyAsync(new() { Secret = secret });
            return true;
        }
        catch (Grpc.Core.RpcException e) when (McpSecure.Client.McpSecureError.From(e).Reason == ErrorReason.ApiKeyInvalid)
        {
            return false;
        }
    }

    private static async Task<bool> IsAnsweredAsync(V1.ApiKeyService.ApiKeyServiceClient client, string secret)
    {
        try
        {
            return await IsValidAsync(client, secret);
        }
        catch (Grpc.Core.RpcException)
        {
            return false;
        }
    }
}
