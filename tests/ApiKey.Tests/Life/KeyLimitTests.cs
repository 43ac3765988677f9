using Google.Protobuf.WellKnownTypes;
using McpSecure.ApiKey.V1;
using McpSecure.Common.V1;
using McpSecure.Testing;

namespace McpSecure.ApiKey.Tests;

/// <summary>The platform limits each key to ten calls a minute; an owner can only ask for less.</summary>
public sealed class KeyLimitTests(ApiKeyPlatform platform) : IClassFixture<ApiKeyPlatform>, IAsyncLifetime
{
    private readonly Guid user = platform.NewUser();
    private ApiKeyService.ApiKeyServiceClient cli = null!;

    public async Task InitializeAsync() => cli = platform.As("cli", await platform.StartReplicaAsync(("RateLimits:Keys:Permits", "10"), ("RateLimits:Keys:Period", "00:01:00")));

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData(11, 1)]
    [InlineData(1_000_000, 1_000_000)]
    public async Task Attack_RateLimitWidening_ByANewKeyBeyondThePlatforms_IsRefused(int requests, int burst)
    {
        var refused = await cli.CreateApiKeyAsync(Key(PerMinute(requests, burst)), Token).AssertRefusedAsync(ErrorReason.GrantExceedsGrantor);

        Assert.Equal("rate_limit", refused.Metadata["field"]);
        Assert.Empty((await cli.ListApiKeysAsync(new(), Token)).ApiKeys);
    }

    [Fact]
    public async Task Attack_RateLimitWidening_ByUpdateOfAKeyWithoutOne_IsRefused()
    {
        var key = (await cli.CreateApiKeyAsync(Key(null), Token)).ApiKey;

        var refused = await cli.UpdateApiKeyAsync(Limited(key, 11), Token).AssertRefusedAsync(ErrorReason.GrantExceedsGrantor);

        Assert.Equal("rate_limit", refused.Metadata["field"]);
        Assert.Equal(5, (await cli.UpdateApiKeyAsync(Limited(key, 5), Token)).ApiKey.RateLimit.Requests);
        await cli.UpdateApiKeyAsync(new() { ApiKeyId = key.ApiKeyId, UpdateMask = { "rate_limit" } }, Token).AssertRefusedAsync(ErrorReason.GrantExceedsGrantor);
    }

    [Fact]
    public async Task RateLimit_BeyondThePlatforms_IsGivenByAnAdministratorWithASecondFactorAndTakenByTheOwner()
    {
        var admin = platform.NewUser();
        using var rights = KeyRights.Administrator(platform, admin);
        var (request, weak, strong) = (Key(PerMinute(100, 0)), platform.Auth.SignIn(admin, platform.Clock.GetUtcNow(), ["pwd"]), platform.Auth.SignIn(admin));
        request.OwnerId = $"{user}";

        await cli.CreateApiKeyAsync(new(request) { OwnerId = "" }, weak).AssertRefusedAsync(ErrorReason.StepUpRequired);
        var key = (await cli.CreateApiKeyAsync(request, strong)).ApiKey;

        Assert.Equal(100, (await cli.UpdateApiKeyAsync(Limited(key, 100), strong)).ApiKey.RateLimit.Requests);
        Assert.Equal(50, (await cli.UpdateApiKeyAsync(Limited(key, 50), Token)).ApiKey.RateLimit.Requests);
        Assert.Null((await cli.UpdateApiKeyAsync(new() { ApiKeyId = key.ApiKeyId, UpdateMask = { "rate_limit" } }, Token)).ApiKey.RateLimit); // back to the platform's
        await cli.UpdateApiKeyAsync(Limited(key, 50), Token).AssertRefusedAsync(ErrorReason.GrantExceedsGrantor);
    }

    private Grpc.Core.Metadata Token => platform.Auth.SignIn(user);

    private static CreateApiKeyRequest Key(ApiKeyRateLimit? limit) => new() { Name = "laptop", Scopes = { "mcp:read" }, RateLimit = limit };

    private static UpdateApiKeyRequest Limited(V1.ApiKey key, int requests) => new() { ApiKeyId = key.ApiKeyId, UpdateMask = { "rate_limit" }, RateLimit = PerMinute(requests, 0) };

    private static ApiKeyRateLimit PerMinute(int requests, int burst) =>
        new() { Requests = requests, Period = Duration.FromTimeSpan(TimeSpan.FromMinutes(requests > 600_000 ? 10 : 1)), Burst = burst };
}
