using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.Audit.V1;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.Testing;

namespace McpSecure.ApiKey.Tests;

public sealed class KeyAttackTests(ApiKeyPlatform platform) : IClassFixture<ApiKeyPlatform>
{
    private readonly Guid user = platform.NewUser();

    /// <summary>Every call that names a key, and what a thief would ask of it.</summary>
    private static readonly IReadOnlyDictionary<string, Func<ApiKeyService.ApiKeyServiceClient, string, Metadata, Task>> CallsByKey =
        new Dictionary<string, Func<ApiKeyService.ApiKeyServiceClient, string, Metadata, Task>>(StringComparer.Ordinal)
        {
            ["GetApiKey"] = (client, id, token) => client.GetApiKeyAsync(new() { ApiKeyId = id }, token).ResponseAsync,
            ["UpdateApiKey"] = (client, id, token) =>
                client.UpdateApiKeyAsync(new() { ApiKeyId = id, UpdateMask = { "name" }, Name = "taken" }, token).ResponseAsync,
            ["DisableApiKey"] = (client, id, token) => client.DisableApiKeyAsync(new() { ApiKeyId = id }, token).ResponseAsync,
            ["EnableApiKey"] = (client, id, token) => client.EnableApiKeyAsync(new() { ApiKeyId = id }, token).ResponseAsync,
            ["RotateApiKey"] = (client, id, token) => client.RotateApiKeyAsync(new() { ApiKeyId = id, RequestId = id }, token).ResponseAsync,
            ["RevokeApiKey"] = (client, id, token) => client.RevokeApiKeyAsync(new() { ApiKeyId = id }, token).ResponseAsync,
            ["ReportLeakedKey"] = (client, id, token) => client.ReportLeakedKeyAsync(new() { ApiKeyId = id }, token).ResponseAsync,
        };

    /// <summary>Every call that names an owner or an organization.</summary>
    private static readonly IReadOnlyDictionary<string, Func<ApiKeyService.ApiKeyServiceClient, string, Metadata, Task>> CallsByPlace =
        new Dictionary<string, Func<ApiKeyService.ApiKeyServiceClient, string, Metadata, Task>>(StringComparer.Ordinal)
        {
            ["CreateApiKey.owner_id"] = (client, id, token) =>
                client.CreateApiKeyAsync(new() { Name = "x", Scopes = { "mcp:read" }, OwnerId = id }, token).ResponseAsync,
            ["ListApiKeys.owner_id"] = (client, id, token) => client.ListApiKeysAsync(new() { OwnerId = id }, token).ResponseAsync,
            ["ListApiKeys.organization_id"] = (client, id, token) => client.ListApiKeysAsync(new() { OrganizationId = id }, token).ResponseAsync,
            ["RevokeOwnerKeys.owner_id"] = (client, id, token) => client.RevokeOwnerKeysAsync(new() { OwnerId = id }, token).ResponseAsync,
            ["RevokeOrganizationKeys.organization_id"] = (client, id, token) => client.RevokeOrganizationKeysAsync(new() { OrganizationId = id }, token).ResponseAsync,
        };

    public static TheoryData<string> NamesByKey => [.. CallsByKey.Keys];

    public static TheoryData<string> NamesByPlace => [.. CallsByPlace.Keys];

    /// <summary>A new call that names a key, an owner or an organization must come into the tables above.</summary>
    [Fact]
    public void Tables_HoldEveryCallOfTheContract()
    {
        var fields = ApiKeyService.Descriptor.Methods.Where(method => method.Name != "ValidateApiKey")
            .SelectMany(method => method.InputType.Fields.InDeclarationOrder().Select(field => (Call: method.Name, Field: field.Name))).ToList();

        Assert.Equal(fields.Where(one => one.Field == "api_key_id").Select(one => one.Call).Order(), CallsByKey.Keys.Order());
        Assert.Equal(
            fields.Where(one => one.Field is "owner_id" or "organization_id").Select(one => $"{one.Call}.{one.Field}").Order(),
            CallsByPlace.Keys.Append("CreateApiKey.organization_id").Order()); // asked as ListApiKeys is: KeyLifeTests
    }

    [Theory]
    [MemberData(nameof(NamesByKey))]
    public async Task Attack_IdorAcrossOwners_AnothersKeyReadsAsNoneAndStays(string call)
    {
        var anothers = await MakeAsync(organization: null);

        await AssertUnseenAsync(call, anothers, platform.Auth.SignIn(platform.NewUser()));
    }

    [Theory]
    [MemberData(nameof(NamesByKey))]
    public async Task Attack_IdorAcrossOrganizations_AnotherOrganizationsKeyReadsAsNoneAndStays(string call)
    {
        var (manager, own, other) = (platform.NewUser(), platform.NewUser(), platform.NewUser());
        using var rights = KeyRights.Manager(platform, manager, own);
        var anothers = await MakeAsync(other);

        await AssertUnseenAsync(call, anothers, platform.Auth.SignIn(manager));
    }

    /// <summary>Whoever runs an organization ends its keys, and gets no secret that acts as one of its users.</summary>
    [Fact]
    public async Task Attack_ConfusedDeputy_ManagerOfAnOrganizationRotatesNoUsersKey()
    {
        var (manager, organization) = (platform.NewUser(), platform.NewUser());
        using var rights = KeyRights.Manager(platform, manager, organization);
        var (key, _) = await MakeAsync(organization);

        await Cli.GetApiKeyAsync(new() { ApiKeyId = key.ApiKeyId }, platform.Auth.SignIn(manager));
        await Cli.RotateApiKeyAsync(new() { ApiKeyId = key.ApiKeyId, RequestId = NewId() }, platform.Auth.SignIn(manager)).AssertRefusedAsync(ErrorReason.ApiKeyNotFound);
        await Cli.RevokeApiKeyAsync(new() { ApiKeyId = key.ApiKeyId }, platform.Auth.SignIn(manager, Now, ["pwd"])).AssertRefusedAsync(ErrorReason.StepUpRequired);

        Assert.Equal(key, await GetAsync(key.ApiKeyId));
    }

    [Theory]
    [MemberData(nameof(NamesByPlace))]
    public async Task Attack_IdorAcrossOwnersAndOrganizations_ForeignPlaceReadsAsAnUnknownOne(string call)
    {
        var thief = platform.Auth.SignIn(platform.NewUser());
        var (key, _) = await MakeAsync(organization: user);

        var foreign = await RefusalOf(CallsByPlace[call](Cli, $"{user}", thief));
        var unknown = await RefusalOf(CallsByPlace[call](Cli, NewId(), thief));

        Assert.Equal(ErrorReason.PermissionDenied, foreign.Reason);
        Assert.Equal((unknown.Status, unknown.Reason, unknown.Metadata.Count), (foreign.Status, foreign.Reason, foreign.Metadata.Count));
        Assert.Equal(key, await GetAsync(key.ApiKeyId));
    }

    [Fact]
    public async Task Attack_ParallelRotation_OneWinsAndOneSuccessorIsMade()
    {
        var (key, _) = await MakeAsync(organization: null);
        var token = Token;

        var results = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => TryRotateAsync(
            platform.As("cli", i % 2 == 0 ? platform.First : platform.Second), key.ApiKeyId, token)));

        var won = Assert.Single(results, result => result.Answer is not null);
        Assert.All(results.Where(result => result.Answer is null), result =>
        {
            Assert.Equal(ErrorReason.ApiKeyRotated, result.Refused!.Reason);
            Assert.Equal(won.Answer!.ApiKey.ApiKeyId, result.Refused.Metadata["successor_id"]);
        });
        Assert.Equal(2, (await Cli.ListApiKeysAsync(new(), Token)).ApiKeys.Count);
    }

    [Fact]
    public async Task Attack_ReplayOfRotatedKey_ReadsAsAnyInvalidKeyAndAlarms()
    {
        var (key, secret) = await MakeAsync(organization: null);
        var rotated = await Cli.RotateApiKeyAsync(new() { ApiKeyId = key.ApiKeyId, RequestId = NewId() }, Token);

        var replayed = await RefusalOf(platform.As("webshop").ValidateApiKeyAsync(new() { Secret = secret }).ResponseAsync);
        var unknown = await RefusalOf(platform.As("webshop").ValidateApiKeyAsync(new() { Secret = "x" }).ResponseAsync);

        Assert.Equal((unknown.Status, unknown.Reason, unknown.Message), (replayed.Status, replayed.Reason, replayed.Message));
        var told = await platform.AuditLog.FindAsync(Events.KeyValidated, told => told.Resource == $"api-keys/{key.ApiKeyId}" && told.Reason == "ROTATED");
        Assert.Equal((Outcome.Denied, Severity.High), (told.Outcome, told.Severity));
        await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = rotated.Secret });
    }

    [Theory]
    [InlineData("scopes")]
    [InlineData("permissions")]
    [InlineData("permissions none")]
    [InlineData("permissions wildcard")]
    [InlineData("expires_at")]
    [InlineData("expires_at never")]
    [InlineData("allowed_networks")]
    [InlineData("allowed_networks none")]
    [InlineData("rate_limit")]
    [InlineData("rate_limit none")]
    public async Task Attack_ScopeWidening_ByUpdateOfTheOwner_IsRefusedAndNothingChanges(string what)
    {
        var (key, _) = await MakeNarrowAsync();
        var request = Wider(key, what);

        var refused = await Cli.UpdateApiKeyAsync(request, Token).AssertRefusedAsync(ErrorReason.GrantExceedsGrantor);

        Assert.Equal(what.Split(' ')[0], refused.Metadata["field"]);
        Assert.Equal(key, await GetAsync(key.ApiKeyId));
    }

    [Fact]
    public async Task Update_WiderByAnAdministrator_NeedsASecondFactorAndStaysWithinHisToken()
    {
        var (key, _) = await MakeNarrowAsync();
        var admin = platform.NewUser();
        using var rights = KeyRights.Administrator(platform, admin);
        var request = Wider(key, "scopes");

        await Cli.UpdateApiKeyAsync(request, platform.Auth.SignIn(admin, Now, ["pwd"])).AssertRefusedAsync(ErrorReason.StepUpRequired);
        await Cli.UpdateApiKeyAsync(request, platform.Auth.SignIn(admin, "user:token", "mcp:read")).AssertRefusedAsync(ErrorReason.GrantExceedsGrantor);
        Assert.Equal(key, await GetAsync(key.ApiKeyId));
        Assert.Contains("mcp:admin", (await Cli.UpdateApiKeyAsync(request, platform.Auth.SignIn(admin))).ApiKey.Scopes);
    }

    /// <summary>A token narrowed to the management of keys would otherwise get the secret of a key that can do everything.</summary>
    [Fact]
    public async Task Attack_ScopeWidening_ByRotationWithANarrowedToken_IsRefused()
    {
        var (key, _) = await MakeAsync(organization: null);

        await Cli.RotateApiKeyAsync(new() { ApiKeyId = key.ApiKeyId, RequestId = NewId() }, platform.Auth.SignIn(user, "user:token")).AssertRefusedAsync(ErrorReason.GrantExceedsGrantor);

        Assert.Equal(key, await GetAsync(key.ApiKeyId));
    }

    private async Task AssertUnseenAsync(string call, (V1.ApiKey Key, string Secret) anothers, Metadata thief)
    {
        var refused = await RefusalOf(CallsByKey[call](Cli, anothers.Key.ApiKeyId, thief));
        var none = await RefusalOf(CallsByKey[call](Cli, NewId(), thief));

        Assert.Equal(ErrorReason.ApiKeyNotFound, refused.Reason);
        Assert.Equal(
            (none.Status, none.Reason, none.Message, string.Join(',', none.Metadata.Keys)),
            (refused.Status, refused.Reason, refused.Message, string.Join(',', refused.Metadata.Keys)));
        Assert.Equal(anothers.Key, await GetAsync(anothers.Key.ApiKeyId));
    }

    private static UpdateApiKeyRequest Wider(V1.ApiKey key, string what)
    {
        var request = new UpdateApiKeyRequest { ApiKeyId = key.ApiKeyId, UpdateMask = { what.Split(' ')[0] } };
        switch (what)
        {
            case "scopes":
                request.Scopes.AddRange(["mcp:read", "mcp:admin"]);
                break;
            case "permissions":
                request.Permissions.Add([.. key.Permissions, new ApiKeyPermission { ResourcePattern = "tools", ActionPattern = "read" }]);
                break;
            case "permissions wildcard":
                request.Permissions.Add(new ApiKeyPermission { ResourcePattern = "servers/*", ActionPattern = "*" });
                break;
            case "expires_at":
                request.ExpiresAt = key.ExpiresAt + Duration.FromTimeSpan(TimeSpan.FromSeconds(1));
                break;
            case "allowed_networks":
                request.AllowedNetworks.Add("192.0.0.0/16");
                break;
            case "rate_limit":
                request.RateLimit = new() { Requests = 1, Period = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)) };
                break;
        }

        return request;
    }

    private async Task<(RotateApiKeyResponse? Answer, McpSecureError? Refused)> TryRotateAsync(ApiKeyService.ApiKeyServiceClient client, string id, Metadata token)
    {
        try
        {
            return (await client.RotateApiKeyAsync(new() { ApiKeyId = id, RequestId = NewId() }, token), null);
        }
        catch (RpcException e)
        {
            return (null, McpSecureError.From(e));
        }
    }

    private async Task<(V1.ApiKey Key, string Secret)> MakeAsync(Guid? organization)
    {
        var answer = await Cli.CreateApiKeyAsync(new() { Name = "laptop", Scopes = { "mcp:read" }, OrganizationId = $"{organization}" }, Token);
        return (answer.ApiKey, answer.Secret);
    }

    private async Task<(V1.ApiKey Key, string Secret)> MakeNarrowAsync()
    {
        var answer = await Cli.CreateApiKeyAsync(
            new()
            {
                Name = "laptop",
                Scopes = { "mcp:read" },
                Lifetime = Duration.FromTimeSpan(TimeSpan.FromDays(1)),
                Permissions = { new ApiKeyPermission { ResourcePattern = "servers/*", ActionPattern = "read" } },
                AllowedNetworks = { "192.0.2.0/24" },
                RateLimit = new() { Requests = 10, Period = Duration.FromTimeSpan(TimeSpan.FromMinutes(1)), Burst = 5 },
            },
            Token);
        return (answer.ApiKey, answer.Secret);
    }

    private async Task<V1.ApiKey> GetAsync(string id) => (await Cli.GetApiKeyAsync(new() { ApiKeyId = id }, Token)).ApiKey;

    private static async Task<McpSecureError> RefusalOf(Task call) => McpSecureError.From(await Assert.ThrowsAsync<RpcException>(() => call));

    private ApiKeyService.ApiKeyServiceClient Cli => platform.As("cli");

    private Metadata Token => platform.Auth.SignIn(user);

    private DateTimeOffset Now => platform.Clock.GetUtcNow();

    private string NewId() => ApiKeyId.New(Now).ToString();
}
