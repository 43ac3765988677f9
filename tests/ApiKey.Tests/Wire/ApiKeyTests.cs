using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using static McpSecure.ApiKey.Tests.ApiKeyPlatform;

namespace McpSecure.ApiKey.Tests;

public sealed class ApiKeyTests(ApiKeyPlatform platform) : IClassFixture<ApiKeyPlatform>
{
    [Fact]
    public async Task Story_CreateValidateRevoke_NextValidationIsDenied()
    {
        var user = platform.NewUser();
        var applications = platform.As("webshop");

        var created = await platform.CreateAsync(user, TimeSpan.FromDays(1));
        var valid = await applications.ValidateApiKeyAsync(new() { Secret = created.Secret, RequiredScopes = { "mcp:read" } });
        var revoked = await platform.As("cli").RevokeApiKeyAsync(new() { ApiKeyId = created.ApiKey.ApiKeyId }, platform.Auth.SignIn(user));
        var denied = await RefusedAsync(applications.ValidateApiKeyAsync(new() { Secret = created.Secret }));

        Assert.Equal((created.ApiKey.ApiKeyId, user.ToString()), (valid.ApiKeyId, valid.OwnerId));
        Assert.Equal(["mcp:read"], valid.Scopes);
        Assert.Equal(created.ApiKey.ExpiresAt, valid.ExpiresAt);
        Assert.NotNull(revoked.ApiKey.RevokedAt);
        Assert.Equal(ErrorReason.ApiKeyInvalid, denied.Reason);
    }

    [Fact]
    public async Task Story_IsToldToTheAuditLogWithReasons()
    {
        var user = platform.NewUser();
        var created = await platform.CreateAsync(user);
        var resource = $"api-keys/{created.ApiKey.ApiKeyId}";
        await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = created.Secret });
        await RefusedAsync(platform.As("webshop").ValidateApiKeyAsync(new() { Secret = created.Secret, RequiredScopes = { "org:read" } }));
        await platform.As("cli").RevokeApiKeyAsync(new() { ApiKeyId = created.ApiKey.ApiKeyId }, platform.Auth.SignIn(user));
        await RefusedAsync(platform.As("webshop").ValidateApiKeyAsync(new() { Secret = created.Secret }));

        var made = await platform.AuditLog.FindAsync(Events.KeyCreated, told => told.Resource == resource);
        var valid = await platform.AuditLog.FindAsync(Events.KeyValidated, told => told.Resource == resource && told.Outcome == Outcome.Success);
        var missing = await platform.AuditLog.FindAsync(Events.KeyValidated, told => told.Resource == resource && told.Reason == "SCOPE_MISSING");
        var ended = await platform.AuditLog.FindAsync(Events.KeyRevoked, told => told.Resource == resource && told.Outcome == Outcome.Success);
        var refused = await platform.AuditLog.FindAsync(Events.KeyValidated, told => told.Resource == resource && told.Reason == "REVOKED");
        Assert.Equal((user.ToString(), "cli"), (made.Actor.Id, made.Caller));
        Assert.Equal((PrincipalType.ApiKey, created.ApiKey.ApiKeyId, "webshop"), (valid.Actor.Type, valid.Actor.Id, valid.Caller));
        Assert.Equal((Outcome.Denied, "org:read"), (missing.Outcome, missing.Attributes["scope"]));
        Assert.Equal(user.ToString(), ended.Actor.Id);
        Assert.Null(refused.Actor);
        Assert.DoesNotContain(platform.AuditLog.All, told => told.ToString().Contains(created.Secret[30..70], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Create_Key_IsListedWithoutItsSecret()
    {
        var user = platform.NewUser();
        var created = await platform.CreateAsync(user);

        var listed = await platform.As("cli").ListApiKeysAsync(new(), platform.Auth.SignIn(user));

        Assert.Equal(created.ApiKey, Assert.Single(listed.ApiKeys));
        Assert.StartsWith(created.ApiKey.DisplayPrefix, created.Secret, StringComparison.Ordinal);
        Assert.DoesNotContain(created.Secret[29..], listed.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_AtTheLimit_IsRefusedUntilOneIsRevoked()
    {
        var user = platform.NewUser();
        var keys = new[] { await platform.CreateAsync(user), await platform.CreateAsync(user), await platform.CreateAsync(user) };
        var cli = platform.As("cli");
        var request = new V1.CreateApiKeyRequest { Name = "one more", Scopes = { "mcp:read" } };

        var refused = await RefusedAsync(cli.CreateApiKeyAsync(request, platform.Auth.SignIn(user)));
        await cli.RevokeApiKeyAsync(new() { ApiKeyId = keys[0].ApiKey.ApiKeyId }, platform.Auth.SignIn(user));

        Assert.Equal((ErrorReason.ApiKeyLimitReached, "3"), (refused.Reason, refused.Metadata["live_keys_allowed"]));
        await cli.CreateApiKeyAsync(request, platform.Auth.SignIn(user));
    }

    [Fact]
    public async Task Create_UnknownScope_IsRefusedByName()
    {
        var refused = await RefusedAsync(platform.As("cli").CreateApiKeyAsync(
            new() { Name = "laptop", Scopes = { "mcp:read", "mcp:everything" } }, platform.Auth.SignIn(platform.NewUser())));

        Assert.Equal((ErrorReason.ScopeUnknown, "mcp:everything"), (refused.Reason, refused.Metadata["scope"]));
    }

    [Fact]
    public async Task Create_OutOfForm_IsRefusedByField()
    {
        var cli = platform.As("cli");
        var token = platform.Auth.SignIn(platform.NewUser());

        Assert.Equal(["scopes"], Fields(await RefusedAsync(cli.CreateApiKeyAsync(new() { Name = "x", Scopes = { "mcp:read", "mcp:read" } }, token))));
        Assert.Equal(["name", "scopes"], Fields(await RefusedAsync(cli.CreateApiKeyAsync(new(), token))));
        Assert.Equal(["name"], Fields(await RefusedAsync(cli.CreateApiKeyAsync(new() { Name = "bell \a", Scopes = { "mcp:read" } }, token))));
        Assert.Equal(["lifetime"], Fields(await RefusedAsync(cli.CreateApiKeyAsync(
            new() { Name = "x", Scopes = { "mcp:read" }, Lifetime = new() { Seconds = -1 } }, token))));
    }

    [Fact]
    public async Task Create_WithoutTheRight_IsRefused()
    {
        platform.Authorization.Decide = _ => false;
        var refused = await RefusedAsync(platform.As("cli").CreateApiKeyAsync(
            new() { Name = "laptop", Scopes = { "mcp:read" } }, platform.Auth.SignIn(platform.NewUser())));
        platform.Authorization.Decide = ApiKeyPlatform.MayMakeKeys;

        Assert.Equal(ErrorReason.PermissionDenied, refused.Reason);
    }

    [Fact]
    public async Task Attack_ScopeWidening_NarrowedTokenMakesNoWiderKey()
    {
        var refused = await RefusedAsync(platform.As("cli").CreateApiKeyAsync(
            new() { Name = "laptop", Scopes = { "mcp:admin" } }, platform.Auth.SignIn(platform.NewUser(), "user:token", "mcp:read")));

        Assert.Equal((ErrorReason.GrantExceedsGrantor, "mcp:admin"), (refused.Reason, refused.Metadata["scope"]));
    }

    [Fact]
    public async Task Attack_UnknownAgainstWrong_EveryInvalidKeyReadsTheSame()
    {
        var user = platform.NewUser();
        var created = await platform.CreateAsync(user);
        var revoked = await platform.CreateAsync(user);
        await platform.As("cli").RevokeApiKeyAsync(new() { ApiKeyId = revoked.ApiKey.ApiKeyId }, platform.Auth.SignIn(user));
        var applications = platform.As("webshop");
        string[] texts =
        [
            revoked.Secret,
            "x",
            created.Secret[..^1],
            created.Secret[..^1] + (created.Secret[^1] == 'a' ? 'b' : 'a'),
            Workshop.ForgeryFor(new ApiKeyId(Guid.Parse(created.ApiKey.ApiKeyId))),
            Workshop.ForgeryFor(ApiKeyId.New(platform.Clock.GetUtcNow())),
            ApiKeySecret.New(ApiKeyFormat.DefaultPrefix, ApiKeyId.New(platform.Clock.GetUtcNow()), PepperOf(platform.First)).Reveal(),
            ApiKeySecret.New(ApiKeyFormat.DefaultPrefix, new ApiKeyId(Guid.Parse(created.ApiKey.ApiKeyId)), PepperOf(platform.First)).Reveal(),
        ];

        var refusals = new List<string>();
        foreach (var text in texts)
        {
            var refused = await RefusedAsync(applications.ValidateApiKeyAsync(new() { Secret = text }));
            refusals.Add($"{refused.Status} {refused.ReasonName} {refused.Message} {string.Join(',', refused.Metadata.Keys)} {refused.Violations.Count}");
        }

        Assert.Equal("Unauthenticated API_KEY_INVALID The API key is not valid. trace_id 0", Assert.Single(refusals.Distinct()));
    }

    [Fact]
    public async Task Attack_AnothersKey_ReadsAsNoKeyAndStaysValid()
    {
        var created = await platform.CreateAsync(platform.NewUser());
        var thief = platform.Auth.SignIn(platform.NewUser());
        var cli = platform.As("cli");

        var anothers = await RefusedAsync(cli.RevokeApiKeyAsync(new() { ApiKeyId = created.ApiKey.ApiKeyId }, thief));
        var none = await RefusedAsync(cli.RevokeApiKeyAsync(new() { ApiKeyId = ApiKeyId.New(platform.Clock.GetUtcNow()).ToString() }, thief));

        Assert.Equal(
            (none.Status, none.Reason, none.Message, string.Join(',', none.Metadata.Keys)),
            (anothers.Status, anothers.Reason, anothers.Message, string.Join(',', anothers.Metadata.Keys)));
        Assert.Equal(ErrorReason.ApiKeyNotFound, none.Reason);
        await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = created.Secret });
        await platform.AuditLog.FindAsync(Events.KeyRevoked, told => told.Resource.EndsWith(created.ApiKey.ApiKeyId, StringComparison.Ordinal) && told.Outcome == Outcome.Denied);
    }

    [Fact]
    public async Task Revoke_AnothersKeyWithTheRight_Revokes()
    {
        var created = await platform.CreateAsync(platform.NewUser());
        var resource = $"api-keys/{created.ApiKey.ApiKeyId}";
        var before = platform.Authorization.Decide;
        platform.Authorization.Decide = question => question.Resource == resource && question.Action == "delete";

        var revoked = await platform.As("cli").RevokeApiKeyAsync(new() { ApiKeyId = created.ApiKey.ApiKeyId }, platform.Auth.SignIn(platform.NewUser()));

        platform.Authorization.Decide = before;
        Assert.NotNull(revoked.ApiKey.RevokedAt);
    }

    [Fact]
    public async Task Revoke_Twice_StaysRevokedSinceTheFirstTime()
    {
        var user = platform.NewUser();
        var created = await platform.CreateAsync(user);
        var request = new V1.RevokeApiKeyRequest { ApiKeyId = created.ApiKey.ApiKeyId };

        var first = await platform.As("cli").RevokeApiKeyAsync(request, platform.Auth.SignIn(user));

        Assert.Equal(first, await platform.As("cli").RevokeApiKeyAsync(request, platform.Auth.SignIn(user)));
    }

    [Fact]
    public async Task Own_WithATokenNarrowedToOtherThings_IsRefused()
    {
        var user = platform.NewUser();
        var created = await platform.CreateAsync(user);
        var cli = platform.As("cli");

        Assert.Equal(ErrorReason.PermissionDenied, (await RefusedAsync(cli.ListApiKeysAsync(new(), platform.Auth.SignIn(user, "mcp:read")))).Reason);
        Assert.Equal(
            ErrorReason.ApiKeyNotFound,
            (await RefusedAsync(cli.RevokeApiKeyAsync(new() { ApiKeyId = created.ApiKey.ApiKeyId }, platform.Auth.SignIn(user, "mcp:read")))).Reason);
        Assert.Single((await cli.ListApiKeysAsync(new(), platform.Auth.SignIn(user, "user:token"))).ApiKeys);
    }

    [Fact]
    public async Task List_Pages_HoldEveryKeyOnce()
    {
        var user = platform.NewUser();
        var made = new[] { await platform.CreateAsync(user), await platform.CreateAsync(user), await platform.CreateAsync(user) };
        var cli = platform.As("cli");

        var first = await cli.ListApiKeysAsync(new() { PageSize = 2 }, platform.Auth.SignIn(user));
        var second = await cli.ListApiKeysAsync(new() { PageSize = 2, PageToken = first.NextPageToken }, platform.Auth.SignIn(user));

        Assert.Equal(made.Reverse().Select(key => key.ApiKey), first.ApiKeys.Concat(second.ApiKeys));
        Assert.Empty(second.NextPageToken);
        Assert.Equal(
            ErrorReason.PageTokenInvalid,
            (await RefusedAsync(cli.ListApiKeysAsync(new() { PageToken = first.NextPageToken }, platform.Auth.SignIn(platform.NewUser())))).Reason);
        Assert.Equal(ErrorReason.PageTokenInvalid, (await RefusedAsync(cli.ListApiKeysAsync(new() { PageToken = "x" }, platform.Auth.SignIn(user)))).Reason);
    }

    [Fact]
    public async Task Validate_UnknownRequiredScope_IsRefusedBeforeTheKeyIsLookedAt() =>
        Assert.Equal(
            ErrorReason.ScopeUnknown,
            (await RefusedAsync(platform.As("webshop").ValidateApiKeyAsync(new() { Secret = "x", RequiredScopes = { "mcp:everything" } }))).Reason);

    [Theory]
    [InlineData("stranger")]
    [InlineData("apikey")]
    public async Task Attack_WrongPeer_IsRefused(string workload) =>
        Assert.Equal(ErrorReason.CallerNotAllowed, (await RefusedAsync(platform.As(workload).ValidateApiKeyAsync(new() { Secret = "x" }))).Reason);

    [Fact]
    public async Task Create_WithoutAToken_IsRefused() =>
        Assert.Equal(
            ErrorReason.TokenMissing,
            (await RefusedAsync(platform.As("webshop").CreateApiKeyAsync(new() { Name = "x", Scopes = { "mcp:read" } }))).Reason);

    [Fact]
    public async Task Secret_IsInNoLogAndInNoTable()
    {
        var created = await platform.CreateAsync(platform.NewUser());
        await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = created.Secret });
        await RefusedAsync(platform.As("webshop").ValidateApiKeyAsync(new() { Secret = created.Secret + "x" }));
        var secret = created.Secret[29..72];

        Assert.DoesNotContain(platform.First.Log.Lines, line => line.Contains(secret, StringComparison.Ordinal));
        var rows = await platform.ExecuteAsync(
            "SELECT string_agg(row, ' ') FROM (SELECT k::text AS row FROM api_keys k UNION ALL SELECT o::text || encode(body, 'escape') FROM audit_outbox o) all_rows");
        Assert.DoesNotContain(secret, (string)rows!, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Fields(McpSecure.Client.McpSecureError refused) => refused.Violations.Select(violation => violation.Field);
}
