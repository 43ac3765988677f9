using McpSecure.ApiKey.V1;
using McpSecure.Auth.V1;
using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Cli.Tests.Commands;

/// <summary>Takes API keys through their life: what is sent, what is shown, and what is not.</summary>
[Collection(PlatformTests.Name)]
public sealed class KeyTests : IDisposable
{
    private const string Other = "01890a5d-ac96-774b-bcce-b302099a8099";

    private readonly Desk desk;
    private readonly Script script;

    public KeyTests(ScriptedPlatform platform)
    {
        desk = Desk.At(platform).SignedIn();
        script = platform.Script.Current = new Script();
        Keys.Answer(script);
        var bob = Answers.User("bob");
        bob.UserId = Other;
        script.On((GetUserRequest _) => new GetUserResponse { User = bob });
        script.On((ListOrganizationsRequest _) => new ListOrganizationsResponse { Organizations = { new Organization { OrganizationId = Other, Name = "acme" } } });
    }

    public void Dispose() => desk.Dispose();

    [Fact]
    public async Task Create_WithEveryOption_SendsThem()
    {
        await desk.RunAsync(
            "keys", "create", "ci", "--scope", "mcp:read", "--scope", "mcp:write", "--lifetime", "1h", "--owner", "bob", "--organization", "acme",
            "--permission", "servers/a:b:read", "--permission", "*:list", "--network", "192.0.2.0/24", "--network", "2001:db8::/32",
            "--rate", "100/1m", "--burst", "10", "--metadata", "team=pay=ments", "--metadata", "note=");

        Assert.Equal(
            $$"""{ "name": "ci", "scopes": [ "mcp:read", "mcp:write" ], "lifetime": "3600s", "ownerId": "{{Other}}", "organizationId": "{{Other}}", "permissions": [ { "resourcePattern": "servers/a:b", "actionPattern": "read" }, { "resourcePattern": "*", "actionPattern": "list" } ], "allowedNetworks": [ "192.0.2.0/24", "2001:db8::/32" ], "rateLimit": { "requests": 100, "period": "60s", "burst": 10 }, "metadata": { "team": "pay=ments", "note": "" } }""",
            script.Requests<CreateApiKeyRequest>().Single().ToString());
    }

    [Fact]
    public async Task Create_ForNobodyElse_LeavesOwnerAndOrganizationToTheService()
    {
        await desk.RunAsync("keys", "create", "ci", "--scope", "mcp:read");

        Assert.Equal("""{ "name": "ci", "scopes": [ "mcp:read" ] }""", script.Requests<CreateApiKeyRequest>().Single().ToString());
    }

    // An unset variable of a script must not make a key of no organization.
    [Fact]
    public async Task Create_InAnOrganizationWithoutAName_IsNotFoundAndMakesNone()
    {
        var ran = await desk.RunAsync("keys", "create", "ci", "--scope", "mcp:read", "--organization", "");

        Assert.NotEqual(ExitCode.Ok, ran.ExitCode);
        Assert.Empty(script.Requests<CreateApiKeyRequest>());
    }

    [Fact]
    public async Task Get_OfTextOfAnAttacker_StaysALineEach()
    {
        var key = Keys.Key;
        (key.Name, key.Metadata["team"]) = ("ci\nState: enabled", "pay\u001b[2J\nRevoked: -");
        script.On((GetApiKeyRequest _) => new GetApiKeyResponse { ApiKey = key });

        var ran = await desk.RunAsync("keys", "get", Keys.Id);

        Assert.Equal(
            $$"""
            Name:          ci State: enabled
            Id:            {{Keys.Id}}
            Prefix:        mcp_sk_01
            Owner:         {{Desk.UserId}}
            Organization:  -
            State:         enabled
            Scopes:        mcp:read
            Permissions:   servers/*:read
            Networks:      192.0.2.0/24
            Rate:          100/1m, at most 10 at once
            Metadata:      team=pay\u{1b}[2J Revoked: -
            Made:          2026-01-31 12:00:00Z
            Ends:          -
            Disabled:      -
            Revoked:       -
            Successor:     -
            Last used:     2026-01-31 12:00:00Z

            """,
            ran.Out);
    }

    [Fact]
    public async Task List_WithEveryFilter_AsksForItOnEachPage()
    {
        script.On((ListApiKeysRequest request) => new ListApiKeysResponse { ApiKeys = { Keys.Key }, NextPageToken = request.PageToken.Length == 0 ? "next" : "" });

        var ran = await desk.RunAsync(
            "keys", "list", "--owner", "bob", "--organization", Other, "--state", "rotated", "--name-prefix", "c", "--expires-before", "2026-02-01", "--scope", "mcp:read");

        const string Filter =
            $$""" "ownerId": "{{Other}}", "organizationId": "{{Other}}", "state": "API_KEY_STATE_ROTATED", "namePrefix": "c", "expiresBefore": "2026-02-01T00:00:00Z", "scope": "mcp:read" }""";
        Assert.Equal(
            ["""{ "pageSize": 1000,""" + Filter, """{ "pageSize": 1000, "pageToken": "next",""" + Filter],
            script.Requests<ListApiKeysRequest>().Select(request => request.ToString()));
        Assert.Equal(3, ran.Out.TrimEnd('\n').Split('\n').Length);
    }

    [Fact]
    public async Task Update_OfSomeFields_NamesThemAloneInTheMask()
    {
        await desk.RunAsync("keys", "update", Keys.Id, "--name", "cd", "--rate", "5/1s", "--network", "192.0.2.0/25");

        Assert.Equal(
            $$"""{ "apiKeyId": "{{Keys.Id}}", "updateMask": [ "name", "allowed_networks", "rate_limit" ], "name": "cd", "allowedNetworks": [ "192.0.2.0/25" ], "rateLimit": { "requests": 5, "period": "1s" } }""",
            script.Requests<UpdateApiKeyRequest>().Single().ToString());
    }

    [Fact]
    public async Task Update_OfEveryField_SendsThem()
    {
        await desk.RunAsync(
            "keys", "update", Keys.Id, "--scope", "mcp:read", "--permission", "a:b", "--expires-at", "2027-01-31T08:00+01:00", "--metadata", "team=pay", "--metadata", "team=ops");

        Assert.Equal(
            $$"""{ "apiKeyId": "{{Keys.Id}}", "updateMask": [ "scopes", "permissions", "expires_at", "metadata" ], "scopes": [ "mcp:read" ], "expiresAt": "2027-01-31T07:00:00Z", "permissions": [ { "resourcePattern": "a", "actionPattern": "b" } ], "metadata": { "team": "ops" } }""",
            script.Requests<UpdateApiKeyRequest>().Single().ToString());
    }

    [Fact]
    public async Task Update_ThatClears_NamesTheFieldsInTheMaskAndSendsNothingForThem()
    {
        await desk.RunAsync(
            "keys", "update", Keys.Id, "--clear", "permission", "--clear", "expires-at", "--clear", "network", "--clear", "rate", "--clear", "metadata", "--clear", "rate");

        Assert.Equal(
            $$"""{ "apiKeyId": "{{Keys.Id}}", "updateMask": [ "permissions", "expires_at", "allowed_networks", "rate_limit", "metadata" ] }""",
            script.Requests<UpdateApiKeyRequest>().Single().ToString());
    }

    [Fact]
    public async Task Update_ToMoreThanTheUserMayGive_IsRefusedWithTheField()
    {
        script.Refuse<UpdateApiKeyRequest>(() => Refusal.Because(ErrorReason.GrantExceedsGrantor, "The key would be wider.", ("field", "scopes")));

        var ran = await desk.RunAsync("keys", "update", Keys.Id, "--scope", "mcp:admin");

        Assert.Equal(ExitCode.PermissionDenied, ran.ExitCode);
        Assert.Contains("  field: scopes\n", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rotate_EachTime_IsARequestOfItsOwn()
    {
        var first = await desk.RunAsync("keys", "rotate", Keys.Id, "--overlap", "12h");
        await desk.RunAsync("keys", "rotate", Keys.Id);

        var requests = script.Requests<RotateApiKeyRequest>().ToList();
        Assert.Equal([43_200L, null], requests.Select(request => request.Overlap?.Seconds));
        Assert.All(requests, request => Assert.True(Guid.TryParseExact(request.RequestId, "D", out _)));
        Assert.NotEqual(requests[0].RequestId, requests[1].RequestId);
        Assert.Contains($"Key:           {Keys.Secret}\n", first.Out, StringComparison.Ordinal);
        Assert.Equal("Keep the key now: it is never shown again.\n", first.Error);
    }

    [Fact]
    public async Task Rotate_WithAFileForTheKey_DoesNotShowIt()
    {
        var ran = await desk.RunAsync("keys", "rotate", Keys.Id, "--secret-out", desk.InFolder("key"));

        Assert.Equal(Keys.Secret + "\n", await File.ReadAllTextAsync(desk.InFolder("key")));
        Assert.DoesNotContain(Keys.Secret, ran.Out + ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rotate_WithAFileThatCannotBeWritten_RotatesNothing()
    {
        var ran = await desk.RunAsync("keys", "rotate", Keys.Id, "--secret-out", desk.InFolder("cli.json/key"));

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.Empty(script.Calls);
    }

    // A repetition of the call, whose first answer was lost, is answered without a secret: a script must not go on with an empty file.
    [Fact]
    public async Task Rotate_WhoseSecretWasLostOnTheWay_SaysSoAndLeavesTheFile()
    {
        script.On((RotateApiKeyRequest _) => new RotateApiKeyResponse { Previous = Keys.Key, ApiKey = Keys.Key });
        var path = desk.WriteFile("key", "an older key");

        var ran = await desk.RunAsync("keys", "rotate", Keys.Id, "--secret-out", path, "--json");

        Assert.Equal(ExitCode.Conflict, ran.ExitCode);
        Assert.Equal("SECRET_LOST", ran.JsonError.GetProperty("reason").GetString());
        Assert.Equal("an older key", await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Rotate_OfAKeyThatWasRotated_TellsItsSuccessor()
    {
        script.Refuse<RotateApiKeyRequest>(() => Refusal.Because(ErrorReason.ApiKeyRotated, "The key was rotated before.", ("successor_id", Other)));

        var ran = await desk.RunAsync("keys", "rotate", Keys.Id);

        Assert.Equal(ExitCode.Conflict, ran.ExitCode);
        Assert.Contains($"  successor_id: {Other}\n", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revoke_OfAllOfAnOwnerByName_EndsThoseOfThatUser()
    {
        var ran = await desk.RunAsync("keys", "revoke", "--all-of-owner", "bob", "--yes");

        Assert.Equal(Other, script.Requests<RevokeOwnerKeysRequest>().Single().OwnerId);
        Assert.Equal($"Keys of {Other} that were revoked: 2.\n", ran.Out);
        Assert.Empty(script.Requests<RevokeApiKeyRequest>());
    }

    [Fact]
    public async Task Revoke_OfAllOfAnOrganization_EndsThose()
    {
        await desk.RunAsync("keys", "revoke", "--all-of-organization", "acme", "--yes");

        Assert.Equal(Other, script.Requests<RevokeOrganizationKeysRequest>().Single().OrganizationId);
    }

    [Fact]
    public async Task ReportLeak_OfAKey_NeedsNobodySignedInAndDoesNotShowIt()
    {
        File.Delete(desk.SessionPath);

        var ran = await desk.RunAsync(new TestTerminal(Keys.Secret + "\n"), "keys", "report-leak", "--key-stdin", "--found-at", "a gist");

        var request = script.Requests<ReportLeakedKeyRequest>().Single();
        Assert.Equal((Keys.Secret, "a gist"), (request.Secret, request.FoundAt));
        Assert.Equal(ExitCode.Ok, ran.ExitCode);
        Assert.DoesNotContain(Keys.Secret, ran.Out + ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReportLeak_ByItsId_IsDoneForTheUser()
    {
        await desk.RunAsync("keys", "report-leak", "--id", Keys.Id);

        Assert.Equal(Keys.Id, script.Requests<ReportLeakedKeyRequest>().Single().ApiKeyId);
        Assert.Equal($"Bearer {Desk.Token}", script.Calls.Single().Headers.GetValue("authorization"));
    }

    [Fact]
    public async Task Usage_OfATime_IsATableOfHours()
    {
        var ran = await desk.RunAsync("keys", "usage", Keys.Id, "--since", "2026-01-30", "--until", "2026-01-31T12:30Z");

        Assert.Equal(
            $$"""{ "apiKeyId": "{{Keys.Id}}", "from": "2026-01-30T00:00:00Z", "to": "2026-01-31T12:30:00Z" }""",
            script.Requests<GetApiKeyUsageRequest>().Single().ToString());
        Assert.Equal(
            """
            Last used:  2026-01-31 12:00:00Z
            HOUR                  ALLOWED  DENIED  LIMITED
            2026-01-31 12:00:00Z  3        2       1

            """,
            ran.Out);
    }
}
