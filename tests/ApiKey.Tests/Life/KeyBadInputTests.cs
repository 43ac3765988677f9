using Google.Protobuf.WellKnownTypes;
using McpSecure.ApiKey.V1;
using McpSecure.Common.V1;
using McpSecure.Testing;

namespace McpSecure.ApiKey.Tests;

/// <summary>Whatever is refused here is refused by the field's path, before and without any change.</summary>
public sealed class KeyBadInputTests(ApiKeyPlatform platform) : IClassFixture<ApiKeyPlatform>
{
    private readonly Guid user = platform.NewUser();

    [Theory]
    [InlineData("10.0.0.1/8")] // host bits
    [InlineData("192.0.2.1")]
    [InlineData("192.0.2.0/33")]
    [InlineData("192.0.2.0/024")]
    [InlineData("192.0.2.0/-1")]
    [InlineData("192.000.2.0/24")]
    [InlineData("0xC0.0.2.0/24")]
    [InlineData("192.0.2/24")]
    [InlineData("3221225984/24")]
    [InlineData(" 192.0.2.0/24")]
    [InlineData("2001:db8::1/32")] // host bits
    [InlineData("2001:DB8::/32")]
    [InlineData("2001:0db8::/32")]
    [InlineData("2001:db8:0:0::/64")]
    [InlineData("::ffff:192.0.2.0/120")] // an IPv4 network in another form
    [InlineData("fe80::%1/64")]
    [InlineData("2001:db8::/129")]
    [InlineData("everywhere")]
    public async Task Create_NetworkOutOfForm_IsRefused(string network) => await AssertRefusedAsync(new() { AllowedNetworks = { "203.0.113.0/24", network } }, "allowed_networks[1]");

    [Theory]
    [InlineData("0.0.0.0/0")]
    [InlineData("::/0")]
    [InlineData("192.0.2.7/32")]
    [InlineData("2001:db8::7/128")]
    public async Task Create_NetworkAtTheEdges_IsKept(string network)
    {
        var created = await Cli.CreateApiKeyAsync(Whole(new() { AllowedNetworks = { network } }), Token);

        Assert.Equal(network, Assert.Single(created.ApiKey.AllowedNetworks));
    }

    [Theory]
    [InlineData("servers/[a-", "read", "permissions[0].resource_pattern")]
    [InlineData("servers/\u00e9", "read", "permissions[0].resource_pattern")]
    [InlineData("servers /x", "read", "permissions[0].resource_pattern")]
    [InlineData("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a", "read", "permissions[0].resource_pattern")] // more stars than Authorization takes
    [InlineData("servers", "re\u200Bad", "permissions[0].action_pattern")]
    [InlineData("servers", "", "permissions[0].action_pattern")]
    [InlineData("", "read", "permissions[0].resource_pattern")]
    public async Task Create_PatternOutOfForm_IsRefused(string resource, string action, string field) =>
        await AssertRefusedAsync(new() { Permissions = { Permission(resource, action) } }, field);

    [Fact]
    public async Task Create_TooMuchOrTwice_IsRefused()
    {
        await AssertRefusedAsync(new() { Permissions = { Permission("a", "b"), Permission("a", "b") } }, "permissions[1]");
        await AssertRefusedAsync(new() { Permissions = { Permission(new string('*', 257), "b") } }, "permissions[0].resource_pattern");
        await AssertRefusedAsync(new() { Permissions = { Enumerable.Range(0, 101).Select(i => Permission($"a{i}", "b")) } }, "permissions");
        await AssertRefusedAsync(new() { AllowedNetworks = { Enumerable.Range(0, 51).Select(i => $"192.0.2.{i}/32") } }, "allowed_networks");
        await AssertRefusedAsync(new() { AllowedNetworks = { "192.0.2.0/24", "192.0.2.0/24" } }, "allowed_networks[1]");
        await AssertRefusedAsync(new() { Metadata = { Enumerable.Range(0, 21).ToDictionary(i => $"k{i}", _ => "v") } }, "metadata");
        await AssertRefusedAsync(new() { Metadata = { ["k"] = new string('v', 257) } }, "metadata[\"k\"]");
        await AssertRefusedAsync(new() { Lifetime = Duration.FromTimeSpan(TimeSpan.FromSeconds(59)) }, "lifetime");
    }

    [Fact]
    public async Task Create_RateLimitOutOfRange_IsRefused()
    {
        var minute = Duration.FromTimeSpan(TimeSpan.FromMinutes(1));

        await AssertRefusedAsync(new() { RateLimit = new() { Period = minute } }, "rate_limit.requests");
        await AssertRefusedAsync(new() { RateLimit = new() { Requests = 1 } }, "rate_limit.period");
        await AssertRefusedAsync(new() { RateLimit = new() { Requests = 1, Period = minute, Burst = 2 } }, "rate_limit.burst");
        await AssertRefusedAsync(new() { RateLimit = new() { Requests = 10_001, Period = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)) } }, "rate_limit.requests");
        await AssertRefusedAsync(new() { RateLimit = new() { Requests = 1, Period = Duration.FromTimeSpan(TimeSpan.FromDays(2)) } }, "rate_limit.period");
    }

    [Theory]
    [InlineData("l\u0430ptop")]
    [InlineData("\u202Epotpal")]
    [InlineData(" laptop")]
    public async Task Attack_LookAlikeNames_AreRefused(string name) => await AssertRefusedAsync(new() { Name = name }, "name");

    [Fact]
    public async Task Update_OutOfForm_IsRefusedAndNothingChanges()
    {
        var key = (await Cli.CreateApiKeyAsync(Whole(new()), Token)).ApiKey;

        await RefusedAsync(new(), "update_mask");
        await RefusedAsync(new() { UpdateMask = { "owner_id" } }, "update_mask[0]");
        await RefusedAsync(new() { UpdateMask = { "name", "name" }, Name = "x" }, "update_mask");
        await RefusedAsync(new() { UpdateMask = { "name" } }, "name");
        await RefusedAsync(new() { UpdateMask = { "name" }, Name = "l\u0430ptop" }, "name");
        await RefusedAsync(new() { UpdateMask = { "name" }, Name = "x", Scopes = { "mcp:read" } }, "scopes");
        await RefusedAsync(new() { UpdateMask = { "scopes" } }, "scopes");
        await RefusedAsync(new() { UpdateMask = { "expires_at" }, ExpiresAt = Timestamp.FromDateTimeOffset(platform.Clock.GetUtcNow().AddSeconds(-1)) }, "expires_at");
        await RefusedAsync(new() { UpdateMask = { "expires_at" }, ExpiresAt = Timestamp.FromDateTimeOffset(platform.Clock.GetUtcNow().AddYears(11)) }, "expires_at");
        await RefusedAsync(new() { UpdateMask = { "allowed_networks" }, AllowedNetworks = { "10.0.0.1/8" } }, "allowed_networks[0]");
        await RefusedAsync(new() { UpdateMask = { "permissions" }, Permissions = { Permission("[", "x") } }, "permissions[0].resource_pattern");

        Assert.Equal(key, Assert.Single((await Cli.ListApiKeysAsync(new(), Token)).ApiKeys));
        Assert.DoesNotContain(platform.AuditLog.All, told => told.Action == Events.KeyUpdated && told.Resource == $"api-keys/{key.ApiKeyId}");

        Task RefusedAsync(UpdateApiKeyRequest request, string field) => Cli.UpdateApiKeyAsync(new(request) { ApiKeyId = key.ApiKeyId }, Token).AssertFieldsRefusedAsync(field);
    }

    [Fact]
    public async Task Rotate_OutOfForm_IsRefusedAndNothingChanges()
    {
        var key = (await Cli.CreateApiKeyAsync(Whole(new()), Token)).ApiKey;

        await Cli.RotateApiKeyAsync(new() { ApiKeyId = key.ApiKeyId }, Token).AssertFieldsRefusedAsync("request_id");
        await Cli.RotateApiKeyAsync(new() { ApiKeyId = key.ApiKeyId, RequestId = "1" }, Token).AssertFieldsRefusedAsync("request_id");
        await Cli.RotateApiKeyAsync(
            new() { ApiKeyId = key.ApiKeyId, RequestId = key.ApiKeyId, Overlap = Duration.FromTimeSpan(TimeSpan.FromSeconds(-1)) }, Token).AssertFieldsRefusedAsync("overlap");

        Assert.Equal(key, Assert.Single((await Cli.ListApiKeysAsync(new(), Token)).ApiKeys));
    }

    [Fact]
    public async Task List_OutOfForm_IsRefused()
    {
        await Cli.ListApiKeysAsync(new() { Scope = "mcp:everything" }, Token).AssertRefusedAsync(ErrorReason.ScopeUnknown);
        await Cli.ListApiKeysAsync(new() { State = (ApiKeyState)99 }, Token).AssertFieldsRefusedAsync("state");
        await Cli.ListApiKeysAsync(new() { OwnerId = "me" }, Token).AssertFieldsRefusedAsync("owner_id");
        await Cli.ListApiKeysAsync(new() { PageToken = "AAAA" }, Token).AssertRefusedAsync(ErrorReason.PageTokenInvalid);
    }

    private ApiKeyService.ApiKeyServiceClient Cli => platform.As("cli");

    private Grpc.Core.Metadata Token => platform.Auth.SignIn(user);

    private static ApiKeyPermission Permission(string resource, string action) => new() { ResourcePattern = resource, ActionPattern = action };

    private static CreateApiKeyRequest Whole(CreateApiKeyRequest part) => new(part) { Name = part.Name.Length > 0 ? part.Name : "laptop", Scopes = { "mcp:read" } };

    private async Task AssertRefusedAsync(CreateApiKeyRequest part, string field)
    {
        await Cli.CreateApiKeyAsync(Whole(part), Token).AssertFieldsRefusedAsync(field);
        Assert.Empty((await Cli.ListApiKeysAsync(new(), Token)).ApiKeys);
    }
}
