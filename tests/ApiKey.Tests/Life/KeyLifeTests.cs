using Google.Protobuf.WellKnownTypes;
using McpSecure.ApiKey.V1;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Testing;

namespace McpSecure.ApiKey.Tests;

public sealed class KeyLifeTests(ApiKeyPlatform platform) : IClassFixture<ApiKeyPlatform>
{
    private readonly Guid user = platform.NewUser();
    private readonly Guid organization = new(platform.NewUser().ToString("N"));

    [Fact]
    public async Task Create_Everything_IsKeptAndFound()
    {
        var created = await CreateAsync(Full());

        var found = await Cli.GetApiKeyAsync(new() { ApiKeyId = created.ApiKeyId }, Token);

        Assert.Equal(created, found.ApiKey);
        Assert.Equal(($"{organization}", ApiKeyState.Enabled), (found.ApiKey.OrganizationId, found.ApiKey.State));
        Assert.Equal(["servers/*:read", "tools/[!d]*:*"], found.ApiKey.Permissions.Select(one => $"{one.ResourcePattern}:{one.ActionPattern}"));
        Assert.Equal(["192.0.2.0/24", "2001:db8::/32"], found.ApiKey.AllowedNetworks);
        Assert.Equal((100, 100), (found.ApiKey.RateLimit.Requests, found.ApiKey.RateLimit.Burst));
        Assert.Equal("red", found.ApiKey.Metadata["team"]);
    }

    [Fact]
    public async Task Create_Everything_IsToldWithMetadataMasked()
    {
        var created = await CreateAsync(Full());

        var told = await platform.AuditLog.FindAsync(Events.KeyCreated, told => told.Resource == $"api-keys/{created.ApiKeyId}");

        Assert.Equal(($"{organization}", "servers/*:read tools/[!d]*:*"), (told.OrganizationId, told.Attributes["permissions"]));
        Assert.Equal("team=***", told.Attributes["metadata"]);
    }

    [Fact]
    public async Task Create_ForAnother_NeedsAnAdministratorWithASecondFactor()
    {
        var (admin, another) = (platform.NewUser(), platform.NewUser());
        var request = new CreateApiKeyRequest { Name = "robot", Scopes = { "mcp:read" }, OwnerId = $"{another}" };

        await Cli.CreateApiKeyAsync(request, Token).AssertRefusedAsync(ErrorReason.PermissionDenied);
        using (KeyRights.Administrator(platform, admin))
        {
            await Cli.CreateApiKeyAsync(request, platform.Auth.SignIn(admin, Now, ["pwd"])).AssertRefusedAsync(ErrorReason.StepUpRequired);
            Assert.Equal($"{another}", (await Cli.CreateApiKeyAsync(request, platform.Auth.SignIn(admin))).ApiKey.OwnerId);
        }

        Assert.Single(await ListAsync(another));
    }

    [Fact]
    public async Task Create_InAnOrganization_IsAskedThere()
    {
        platform.Authorization.Decide = question => question is { Resource: "api-keys", Action: "create", OrganizationId: "" };
        try
        {
            await Cli.CreateApiKeyAsync(Full(), Token).AssertRefusedAsync(ErrorReason.PermissionDenied);
        }
        finally
        {
            platform.Authorization.Decide = ApiKeyPlatform.MayMakeKeys;
        }

        Assert.Empty(await ListAsync(user));
    }

    [Fact]
    public async Task Create_OrganizationIsFull_IsRefused()
    {
        for (var i = 0; i < ApiKeyPlatform.LiveKeysPerOrganization; i++)
        {
            await Cli.CreateApiKeyAsync(Full(), platform.Auth.SignIn(platform.NewUser()));
        }

        var refused = await Cli.CreateApiKeyAsync(Full(), Token).AssertRefusedAsync(ErrorReason.ApiKeyLimitReached);

        Assert.Equal("organization", refused.Metadata["whose"]);
    }

    [Fact]
    public async Task Update_Narrower_IsKeptAndToldBeforeAndAfter()
    {
        var created = await CreateAsync(Full());
        var end = new Timestamp { Seconds = Now.AddDays(1).ToUnixTimeSeconds() };

        var updated = (await Cli.UpdateApiKeyAsync(
            new()
            {
                ApiKeyId = created.ApiKeyId,
                UpdateMask = { "name", "scopes", "permissions", "expires_at", "allowed_networks", "rate_limit", "metadata" },
                Name = "server",
                Scopes = { "mcp:read" },
                Permissions = { new ApiKeyPermission { ResourcePattern = "servers/weather", ActionPattern = "read" } },
                ExpiresAt = end,
                AllowedNetworks = { "192.0.2.128/25" },
                RateLimit = new() { Requests = 10, Period = Duration.FromTimeSpan(TimeSpan.FromMinutes(1)) },
            },
            Token)).ApiKey;

        Assert.Equal(("server", "mcp:read", end, "192.0.2.128/25", 10), (updated.Name, updated.Scopes.Single(), updated.ExpiresAt, updated.AllowedNetworks.Single(), updated.RateLimit.Requests));
        Assert.Empty(updated.Metadata);
        var told = await platform.AuditLog.FindAsync(Events.KeyUpdated, told => told.Resource == $"api-keys/{created.ApiKeyId}" && told.Outcome == Outcome.Success);
        Assert.Equal(("mcp:read org:read", "mcp:read"), (told.Attributes["scopes.before"], told.Attributes["scopes.after"]));
        Assert.Equal(("team=***", ""), (told.Attributes["metadata.before"], told.Attributes["metadata.after"]));
    }

    [Fact]
    public async Task Update_ToWhatItIs_TellsNothing()
    {
        var created = await CreateAsync(Full());

        await Cli.UpdateApiKeyAsync(new() { ApiKeyId = created.ApiKeyId, UpdateMask = { "name", "metadata" }, Name = created.Name, Metadata = { created.Metadata } }, Token);
        await Cli.UpdateApiKeyAsync(new() { ApiKeyId = created.ApiKeyId, UpdateMask = { "name" }, Name = "next" }, Token);

        await platform.AuditLog.FindAsync(Events.KeyUpdated, told => told.Resource == $"api-keys/{created.ApiKeyId}");
        Assert.Single(platform.AuditLog.All, told => told.Action == Events.KeyUpdated && told.Resource == $"api-keys/{created.ApiKeyId}");
    }

    [Fact]
    public async Task Disable_AndEnable_AreSeenByTheNextValidation()
    {
        var (created, secret) = await MakeAsync(Full());
        var applications = platform.As("webshop");

        var disabled = (await Cli.DisableApiKeyAsync(new() { ApiKeyId = created.ApiKeyId }, Token)).ApiKey;
        await applications.ValidateApiKeyAsync(new() { Secret = secret }).AssertRefusedAsync(ErrorReason.ApiKeyInvalid);
        Assert.Equal(disabled, (await Cli.DisableApiKeyAsync(new() { ApiKeyId = created.ApiKeyId }, Token)).ApiKey);
        var enabled = (await Cli.EnableApiKeyAsync(new() { ApiKeyId = created.ApiKeyId }, Token)).ApiKey;

        Assert.Equal((ApiKeyState.Disabled, ApiKeyState.Enabled), (disabled.State, enabled.State));
        await platform.AuditLog.FindAsync(Events.KeyDisabled, told => told.Resource == $"api-keys/{created.ApiKeyId}");
        await platform.AuditLog.FindAsync(Events.KeyEnabled, told => told.Resource == $"api-keys/{created.ApiKeyId}" && told.Attributes["disabled_by.before"] == $"{user}");
    }

    [Fact]
    public async Task Enable_WhatAnAdministratorDisabled_IsRefusedToTheOwner()
    {
        var created = await CreateAsync(Full());
        var admin = platform.NewUser();
        await Cli.DisableApiKeyAsync(new() { ApiKeyId = created.ApiKeyId }, Token); // his own doing does not protect it from being taken over
        using (KeyRights.Administrator(platform, admin))
        {
            await Cli.DisableApiKeyAsync(new() { ApiKeyId = created.ApiKeyId }, platform.Auth.SignIn(admin));
        }

        await Cli.EnableApiKeyAsync(new() { ApiKeyId = created.ApiKeyId }, Token).AssertRefusedAsync(ErrorReason.PermissionDenied);
        Assert.Equal(ApiKeyState.Disabled, Assert.Single(await ListAsync(user)).State);
    }

    [Fact]
    public async Task Enable_WhatAnAdministratorDisabledToo_IsRefusedToTheManager()
    {
        var created = await CreateAsync(Full());
        var (manager, admin) = (platform.NewUser(), platform.NewUser());
        using var rights = KeyRights.Manager(platform, manager, organization);
        await Cli.DisableApiKeyAsync(new() { ApiKeyId = created.ApiKeyId }, platform.Auth.SignIn(manager));
        using (KeyRights.Administrator(platform, admin))
        {
            await Cli.DisableApiKeyAsync(new() { ApiKeyId = created.ApiKeyId }, platform.Auth.SignIn(admin));
        }

        await Cli.EnableApiKeyAsync(new() { ApiKeyId = created.ApiKeyId }, platform.Auth.SignIn(manager)).AssertRefusedAsync(ErrorReason.PermissionDenied);
        Assert.Equal(ApiKeyState.Disabled, Assert.Single(await ListAsync(user)).State);
    }

    [Fact]
    public async Task Change_Revoked_IsRefusedByState()
    {
        var created = await CreateAsync(Full());
        await Cli.RevokeApiKeyAsync(new() { ApiKeyId = created.ApiKeyId }, Token);
        var id = created.ApiKeyId;

        var refused = await Cli.EnableApiKeyAsync(new() { ApiKeyId = id }, Token).AssertRefusedAsync(ErrorReason.ApiKeyStateConflict);
        await Cli.DisableApiKeyAsync(new() { ApiKeyId = id }, Token).AssertRefusedAsync(ErrorReason.ApiKeyStateConflict);
        await Cli.UpdateApiKeyAsync(new() { ApiKeyId = id, UpdateMask = { "name" }, Name = "x" }, Token).AssertRefusedAsync(ErrorReason.ApiKeyStateConflict);
        await Cli.RotateApiKeyAsync(new() { ApiKeyId = id, RequestId = NewId() }, Token).AssertRefusedAsync(ErrorReason.ApiKeyStateConflict);

        Assert.Equal("revoked", refused.Metadata["state"]);
        Assert.Equal("laptop", Assert.Single(await ListAsync(user)).Name);
    }

    [Fact]
    public async Task Rotate_Key_BothWorkInTheOverlap()
    {
        var (created, secret) = await MakeAsync(Full());
        var applications = platform.As("webshop");

        var rotated = await Cli.RotateApiKeyAsync(
            new() { ApiKeyId = created.ApiKeyId, RequestId = NewId(), Overlap = Duration.FromTimeSpan(TimeSpan.FromHours(1)) }, Token);

        Assert.Equal((ApiKeyState.Rotated, rotated.ApiKey.ApiKeyId), (rotated.Previous.State, rotated.Previous.SuccessorId));
        Assert.Equal(rotated.ApiKey.CreatedAt + Duration.FromTimeSpan(TimeSpan.FromHours(1)), rotated.Previous.ExpiresAt);
        Assert.Equal((created.Name, created.ExpiresAt, created.OrganizationId), (rotated.ApiKey.Name, rotated.ApiKey.ExpiresAt, rotated.ApiKey.OrganizationId));
        Assert.Equal((created.Scopes, created.Permissions, created.AllowedNetworks), (rotated.ApiKey.Scopes, rotated.ApiKey.Permissions, rotated.ApiKey.AllowedNetworks));
        await platform.AuditLog.FindAsync(Events.KeyRotated, told => told.Resource == $"api-keys/{created.ApiKeyId}" && told.Attributes["successor_id.after"] == rotated.ApiKey.ApiKeyId);
        await platform.AuditLog.FindAsync(Events.KeyCreated, told => told.Resource == $"api-keys/{rotated.ApiKey.ApiKeyId}" && told.Attributes["predecessor_id"] == created.ApiKeyId);
        Assert.NotEqual(ErrorReason.ApiKeyInvalid, await WhyNotValidAsync(applications, secret));
        Assert.NotEqual(ErrorReason.ApiKeyInvalid, await WhyNotValidAsync(applications, rotated.Secret));
    }

    [Fact]
    public async Task Rotate_ThenDisabledInTheOverlap_NobodyMakesItsEndLater()
    {
        var created = await CreateAsync(Full());
        await Cli.RotateApiKeyAsync(new() { ApiKeyId = created.ApiKeyId, RequestId = NewId(), Overlap = Duration.FromTimeSpan(TimeSpan.FromHours(1)) }, Token);
        await Cli.DisableApiKeyAsync(new() { ApiKeyId = created.ApiKeyId }, Token);
        var admin = platform.NewUser();
        using var rights = KeyRights.Administrator(platform, admin);

        await Cli.UpdateApiKeyAsync(new() { ApiKeyId = created.ApiKeyId, UpdateMask = { "expires_at" } }, platform.Auth.SignIn(admin)).AssertRefusedAsync(ErrorReason.ApiKeyStateConflict);
    }

    [Fact]
    public async Task Rotate_LongOverlap_NeverOutlivesTheKeysOwnExpiry()
    {
        var request = Full();
        request.Lifetime = Duration.FromTimeSpan(TimeSpan.FromHours(2));
        var created = await CreateAsync(request);

        var rotated = await Cli.RotateApiKeyAsync(
            new() { ApiKeyId = created.ApiKeyId, RequestId = NewId(), Overlap = Duration.FromTimeSpan(TimeSpan.FromDays(7)) }, Token);

        Assert.Equal((created.ExpiresAt, created.ExpiresAt), (rotated.Previous.ExpiresAt, rotated.ApiKey.ExpiresAt));
        await Cli.RotateApiKeyAsync(new() { ApiKeyId = rotated.ApiKey.ApiKeyId, RequestId = NewId(), Overlap = Duration.FromTimeSpan(TimeSpan.FromDays(7.01)) }, Token)
            .AssertFieldsRefusedAsync("overlap");
    }

    [Fact]
    public async Task Rotate_SameRequestAgain_AnswersTheSuccessorWithoutItsSecret()
    {
        var created = await CreateAsync(Full());
        var request = new RotateApiKeyRequest { ApiKeyId = created.ApiKeyId, RequestId = NewId(), Overlap = Duration.FromTimeSpan(TimeSpan.FromHours(1)) };

        var first = await Cli.RotateApiKeyAsync(request, Token);
        var again = await Cli.RotateApiKeyAsync(request, Token);
        var other = await Cli.RotateApiKeyAsync(new(request) { RequestId = NewId() }, Token).AssertRefusedAsync(ErrorReason.ApiKeyRotated);

        Assert.Equal((first.Previous, first.ApiKey, ""), (again.Previous, again.ApiKey, again.Secret));
        Assert.Equal(first.ApiKey.ApiKeyId, other.Metadata["successor_id"]);
        Assert.Equal(2, (await ListAsync(user)).Count);
    }

    [Fact]
    public async Task RevokeOwnerKeys_All_EndTogetherEachWithItsEvent()
    {
        var made = new[] { await MakeAsync(Full()), await MakeAsync(Full()) };
        var hers = await Cli.CreateApiKeyAsync(Full(), platform.Auth.SignIn(platform.NewUser()));

        var answer = await Cli.RevokeOwnerKeysAsync(new() { OwnerId = $"{user}" }, Token);

        Assert.Equal(2, answer.Revoked);
        foreach (var (key, secret) in made)
        {
            await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = secret }).AssertRefusedAsync(ErrorReason.ApiKeyInvalid);
            await platform.AuditLog.FindAsync(Events.KeyRevoked, told => told.Resource == $"api-keys/{key.ApiKeyId}" && told.Outcome == Outcome.Success);
        }

        await platform.AuditLog.FindAsync(Events.AllKeysRevoked, told => told.Resource == $"api-key-owners/{user}" && told.Attributes["revoked"] == "2");
        Assert.NotEqual(ErrorReason.ApiKeyInvalid, await WhyNotValidAsync(platform.As("webshop"), hers.Secret));
        Assert.Equal(0, (await Cli.RevokeOwnerKeysAsync(new() { OwnerId = $"{user}" }, Token)).Revoked);
    }

    [Fact]
    public async Task RevokeOrganizationKeys_ByItsManager_EndsItsOwnOnly()
    {
        var manager = platform.NewUser();
        await MakeAsync(Full());
        var elsewhere = await CreateAsync(new() { Name = "laptop", Scopes = { "mcp:read" } });
        using var rights = KeyRights.Manager(platform, manager, organization);

        var answer = await Cli.RevokeOrganizationKeysAsync(new() { OrganizationId = $"{organization}" }, platform.Auth.SignIn(manager));

        Assert.Equal(1, answer.Revoked);
        Assert.Equal(elsewhere.ApiKeyId, Assert.Single(await ListAsync(user), key => key.State == ApiKeyState.Enabled).ApiKeyId);
        await Cli.RevokeOrganizationKeysAsync(new() { OrganizationId = NewId() }, platform.Auth.SignIn(manager)).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await Cli.RevokeOrganizationKeysAsync(new() { OrganizationId = $"{organization}" }, platform.Auth.SignIn(manager, Now, ["pwd"])).AssertRefusedAsync(ErrorReason.StepUpRequired);
    }

    [Fact]
    public async Task ReportLeakedKey_WithTheSecret_RevokesAndAlarms()
    {
        var (created, secret) = await MakeAsync(Full());

        var answer = await platform.As("audit").ReportLeakedKeyAsync(new() { Secret = secret, FoundAt = "https://example.org/paste" });
        var again = await platform.As("webshop").ReportLeakedKeyAsync(new() { Secret = secret });

        Assert.Equal((created.ApiKeyId, answer), (answer.ApiKeyId, again));
        Assert.Equal(ApiKeyState.Revoked, Assert.Single(await ListAsync(user)).State);
        var told = await platform.AuditLog.FindAsync(Events.KeyLeaked, told => told.Resource == $"api-keys/{created.ApiKeyId}");
        Assert.Equal((Severity.Critical, "audit", "https://example.org/paste"), (told.Severity, told.Caller, told.Attributes["found_at"]));
        await platform.AuditLog.FindAsync(Events.KeyLeaked, told => told.Caller == "webshop" && told.Attributes.ContainsKey("already_revoked") && told.Severity == Severity.Critical);
    }

    [Fact]
    public async Task ReportLeakedKey_WithoutTheSecretOrAToken_IsRefused()
    {
        var (created, secret) = await MakeAsync(Full());

        await platform.As("webshop").ReportLeakedKeyAsync(new() { Secret = secret[..^1] + (secret[^1] == 'a' ? 'b' : 'a') }).AssertRefusedAsync(ErrorReason.ApiKeyInvalid);
        await platform.As("webshop").ReportLeakedKeyAsync(new() { ApiKeyId = created.ApiKeyId }).AssertRefusedAsync(ErrorReason.TokenMissing);
        await platform.As("webshop").ReportLeakedKeyAsync(new()).AssertFieldsRefusedAsync("secret");

        Assert.Equal(ApiKeyState.Enabled, Assert.Single(await ListAsync(user)).State);
    }

    [Fact]
    public async Task List_OfAnOrganization_IsForWhoMayReadThere()
    {
        var manager = platform.NewUser();
        var created = await CreateAsync(Full());
        await CreateAsync(new() { Name = "laptop", Scopes = { "mcp:read" } });
        using var rights = KeyRights.Manager(platform, manager, organization);

        var listed = await Cli.ListApiKeysAsync(new() { OrganizationId = $"{organization}" }, platform.Auth.SignIn(manager));

        Assert.Equal(created, Assert.Single(listed.ApiKeys));
        await Cli.ListApiKeysAsync(new() { OrganizationId = NewId() }, platform.Auth.SignIn(manager)).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await Cli.ListApiKeysAsync(new() { OwnerId = $"{user}" }, platform.Auth.SignIn(manager)).AssertRefusedAsync(ErrorReason.PermissionDenied);
    }

    [Fact]
    public async Task List_TokenOfOtherFilters_IsRefused()
    {
        await CreateAsync(Full());
        await CreateAsync(Full());
        var first = await Cli.ListApiKeysAsync(new() { PageSize = 1, NamePrefix = "lap" }, Token);
        ListApiKeysRequest Next() => new() { PageSize = 1, NamePrefix = "lap", PageToken = first.NextPageToken };

        Assert.Single((await Cli.ListApiKeysAsync(Next(), Token)).ApiKeys);
        foreach (var changed in new[]
        {
            new ListApiKeysRequest(Next()) { NamePrefix = "la" }, new ListApiKeysRequest(Next()) { State = ApiKeyState.Enabled },
            new ListApiKeysRequest(Next()) { Scope = "mcp:read" }, new ListApiKeysRequest(Next()) { OrganizationId = $"{organization}", OwnerId = $"{user}" },
            new ListApiKeysRequest(Next()) { ExpiresBefore = Timestamp.FromDateTimeOffset(Now.AddYears(1)) },
            new ListApiKeysRequest(Next()) { PageToken = first.NextPageToken[..^1] + (first.NextPageToken[^1] == 'A' ? 'E' : 'A') },
        })
        {
            await Cli.ListApiKeysAsync(changed, Token).AssertRefusedAsync(ErrorReason.PageTokenInvalid);
        }
    }

    private ApiKeyService.ApiKeyServiceClient Cli => platform.As("cli");

    private Grpc.Core.Metadata Token => platform.Auth.SignIn(user);

    private DateTimeOffset Now => platform.Clock.GetUtcNow();

    private string NewId() => ApiKeyId.New(Now).ToString();

    private CreateApiKeyRequest Full() => new()
    {
        Name = "laptop",
        Scopes = { "mcp:read", "org:read" },
        OrganizationId = $"{organization}",
        Lifetime = Duration.FromTimeSpan(TimeSpan.FromDays(30)),
        Permissions =
        {
            new ApiKeyPermission { ResourcePattern = "servers/*", ActionPattern = "read" }, new ApiKeyPermission { ResourcePattern = "tools/[!d]*", ActionPattern = "*" },
        },
        AllowedNetworks = { "192.0.2.0/24", "2001:db8::/32" },
        RateLimit = new() { Requests = 100, Period = Duration.FromTimeSpan(TimeSpan.FromMinutes(1)) },
        Metadata = { ["team"] = "red" },
    };

    private async Task<V1.ApiKey> CreateAsync(CreateApiKeyRequest request) => (await MakeAsync(request)).Key;

    private async Task<(V1.ApiKey Key, string Secret)> MakeAsync(CreateApiKeyRequest request)
    {
        var answer = await Cli.CreateApiKeyAsync(request, Token);
        return (answer.ApiKey, answer.Secret);
    }

    private async Task<IReadOnlyList<V1.ApiKey>> ListAsync(Guid owner) => (await Cli.ListApiKeysAsync(new(), platform.Auth.SignIn(owner))).ApiKeys;

    // A key that is proven may still be refused for where it is used from: that too says that it is valid.
    private static async Task<ErrorReason?> WhyNotValidAsync(ApiKeyService.ApiKeyServiceClient client, string secret)
    {
        try
        {
            await client.ValidateApiKeyAsync(new() { Secret = secret });
            return null;
        }
        catch (Grpc.Core.RpcException e)
        {
            return McpSecure.Client.McpSecureError.From(e).Reason;
        }
    }
}
