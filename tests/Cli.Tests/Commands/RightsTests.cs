using McpSecure.Auth.V1;
using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Cli.Tests.Commands;

/// <summary>Manages organizations, roles, grants and resources: what is sent, what is shown, and that a dry run says what it is.</summary>
[Collection(PlatformTests.Name)]
public sealed class RightsTests : IDisposable
{
    private readonly Desk desk;
    private readonly Script script;

    public RightsTests(ScriptedPlatform platform)
    {
        desk = Desk.At(platform).SignedIn();
        script = platform.Script.Current = new Script();
        script.On((GetUserRequest _) => new GetUserResponse { User = Answers.User() });
        Rights.Answer(script);
    }

    public void Dispose() => desk.Dispose();

    [Theory]
    [InlineData("ann", PrincipalType.User, Desk.UserId)]
    [InlineData("user:ann", PrincipalType.User, Desk.UserId)]
    [InlineData(Rights.KeyId, PrincipalType.User, Rights.KeyId)]
    [InlineData("api-key:" + Rights.KeyId, PrincipalType.ApiKey, Rights.KeyId)]
    [InlineData("service:weather", PrincipalType.Service, "weather")]
    public async Task Principal_InEachOfItsForms_IsSent(string typed, PrincipalType type, string id)
    {
        await desk.RunAsync("roles", "assign", typed, "viewer");

        Assert.Equal(new Principal { Type = type, Id = id }, script.Requests<AssignRoleRequest>().Single().Principal);
    }

    // Who administers an organization may change its members' rights, and not read the platform's users.
    [Fact]
    public async Task Principal_ByANameThatMayNotBeLookedUp_IsAskedForByItsId()
    {
        script.Refuse<GetUserRequest>(() => Refusal.Because(ErrorReason.PermissionDenied, "You may not do this."));

        var ran = await desk.RunAsync("organizations", "members", "add", Rights.OrganizationId, "bob", "--json");

        Assert.Equal((ExitCode.PermissionDenied, "PERMISSION_DENIED"), (ran.ExitCode, ran.JsonError.GetProperty("reason").GetString()));
        Assert.StartsWith("Give the user's id", ran.JsonError.GetProperty("hint").GetString(), StringComparison.Ordinal);
        Assert.Empty(script.Requests<AddMemberRequest>());
    }

    [Theory]
    [InlineData("acme", 1)]
    [InlineData(Rights.OrganizationId, 0)]
    public async Task Organization_ByNameOrId_IsFoundAmongThoseThatTheUserSees(string typed, int lookups)
    {
        await desk.RunAsync("organizations", "get", typed);

        Assert.Equal(Rights.OrganizationId, script.Requests<GetOrganizationRequest>().Single().OrganizationId);
        Assert.Equal(lookups, script.Requests<ListOrganizationsRequest>().Count());
    }

    [Fact]
    public async Task Organization_OnALaterPage_IsFound()
    {
        script.On((ListOrganizationsRequest request) => request.PageToken.Length > 0
            ? new ListOrganizationsResponse { Organizations = { Rights.Organization } }
            : new ListOrganizationsResponse { NextPageToken = "more" });

        var ran = await desk.RunAsync("organizations", "get", "acme");

        Assert.Equal(ExitCode.Ok, ran.ExitCode);
    }

    // Nothing is asked of the platform in place of an organization that was misspelt.
    [Theory]
    [InlineData("roles assign ann viewer --organization acne")]
    [InlineData("grants grant ann servers:read --organization acne")]
    [InlineData("check servers:read --organization acne")]
    public async Task Organization_ThatNobodyShows_IsNotFoundAndNothingIsAsked(string line)
    {
        var ran = await desk.RunAsync([.. line.Split(' '), "--json"]);

        Assert.Equal(ExitCode.NotFound, ran.ExitCode);
        Assert.Equal("ORGANIZATION_NOT_FOUND", ran.JsonError.GetProperty("reason").GetString());
        Assert.All(script.Calls, call => Assert.IsType<ListOrganizationsRequest>(call.Request));
    }

    [Fact]
    public async Task OrganizationsCreate_OfANameAlone_DisplaysTheName()
    {
        await desk.RunAsync("organizations", "create", "acme", "--administrator", "ann");

        Assert.Equal(
            new CreateOrganizationRequest { Name = "acme", DisplayName = "acme", Administrator = Rights.Ann }, script.Requests<CreateOrganizationRequest>().Single());
    }

    [Fact]
    public async Task RolesAssign_WithEverything_SendsIt()
    {
        await desk.RunAsync("roles", "assign", "ann", "viewer", "--organization", "acme", "--subtree", "servers/weather", "--expires", "2026-02-01");

        Assert.Equal(
            new AssignRoleRequest
            {
                Principal = Rights.Ann,
                Role = "viewer",
                OrganizationId = Rights.OrganizationId,
                Subtree = "servers/weather",
                ExpiresAt = new() { Seconds = new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds() },
            },
            script.Requests<AssignRoleRequest>().Single());
    }

    [Fact]
    public async Task Expires_OfASpan_CountsFromNow()
    {
        await desk.RunAsync("grants", "grant", "ann", "servers:read", "--expires", "30d");

        Assert.Equal(desk.Clock.GetUtcNow() + TimeSpan.FromDays(30), script.Requests<GrantPermissionRequest>().Single().ExpiresAt.ToDateTimeOffset());
    }

    [Theory]
    [InlineData("servers/*:read", Effect.Allow, false)]
    [InlineData("servers/*:read --deny", Effect.Deny, false)]
    [InlineData("servers/*:read+mfa", Effect.Allow, true)]
    public async Task Grant_OfARule_SendsWhatItSays(string rule, Effect effect, bool requiresSecondFactor)
    {
        await desk.RunAsync(["grants", "grant", "ann", .. rule.Split(' ')]);

        Assert.Equal(
            new Permission { ResourcePattern = "servers/*", ActionPattern = "read", Effect = effect, RequiresSecondFactor = requiresSecondFactor },
            script.Requests<GrantPermissionRequest>().Single().Permission);
    }

    [Fact]
    public async Task RolesCreate_RuleByRule_SendsThem()
    {
        await desk.RunAsync(
            "roles", "create", "operator", "--organization", "acme", "--description", "Runs servers.", "--allow", "servers/*:delete+mfa", "--deny", "servers/core:*",
            "--include", "viewer");

        var sent = script.Requests<CreateRoleRequest>().Single();
        Assert.Equal((Rights.OrganizationId, "operator"), (sent.OrganizationId, sent.Name));
        Assert.Equal(Definition(Rights.CustomRole), sent.Definition);
    }

    // Nobody loses a denial by changing what is allowed.
    [Fact]
    public async Task RolesUpdate_OfWhatIsAllowed_KeepsWhatIsDenied()
    {
        await desk.RunAsync("roles", "update", "operator", "--organization", "acme", "--allow", "servers:read");

        Assert.Contains(Rights.CustomRole.Permissions[1], script.Requests<UpdateRoleRequest>().Single().Definition.Permissions);
    }

    // What `get` writes is what `update` reads: nothing is lost on the way, and what somebody wrote in between is not overwritten.
    [Theory]
    [InlineData("get")]
    [InlineData("create")]
    public async Task RolesUpdate_WithWhatWasRead_SendsTheSameAgainstItsRevision(string read)
    {
        string[] rest = read == "get" ? [] : ["--allow", "a:b"];
        var shown = await desk.RunAsync(["roles", read, "operator", "--organization", "acme", "--json", .. rest]);
        script.On((GetRoleRequest _) => new GetRoleResponse { Role = new Role { Name = "operator", Revision = "8" } });

        var ran = await desk.RunAsync(new TestTerminal(shown.Out), "roles", "update", "operator", "--organization", "acme", "--in", "-");

        Assert.Equal(ExitCode.Ok, ran.ExitCode);
        var sent = script.Requests<UpdateRoleRequest>().Single();
        Assert.Equal(Definition(Rights.CustomRole), sent.Definition);
        Assert.Equal("7", sent.ExpectedRevision);
    }

    [Fact]
    public async Task RolesUpdate_OfOneThing_KeepsTheOthers()
    {
        await desk.RunAsync("roles", "update", "operator", "--organization", "acme", "--deny", "servers:delete");

        var expected = Definition(Rights.CustomRole);
        expected.Permissions.RemoveAt(1);
        expected.Permissions.Add(new Permission { ResourcePattern = "servers", ActionPattern = "delete", Effect = Effect.Deny });
        var sent = script.Requests<UpdateRoleRequest>().Single();
        Assert.Equal(expected, sent.Definition);
        Assert.Equal("7", sent.ExpectedRevision);
    }

    [Fact]
    public async Task RolesUpdate_OfABuiltInRole_IsRefusedBeforeItIsAsked()
    {
        var ran = await desk.RunAsync("roles", "update", "viewer", "--organization", "acme", "--allow", "servers:delete", "--json");

        Assert.Equal((ExitCode.Conflict, "ROLE_BUILT_IN"), (ran.ExitCode, ran.JsonError.GetProperty("reason").GetString()));
        Assert.Empty(script.Requests<UpdateRoleRequest>());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"permisions": []}""")]
    [InlineData("""{"permissions": [{"resource": "a", "action": "b", "efect": "deny"}]}""")]
    [InlineData("""{"permissions": [{"resource": "a", "action": "b", "effect": "denied"}]}""")]
    [InlineData("""{"permissions": [{"resource": "a", "action": "b", "effect": 2}]}""")]
    [InlineData("""{"permissions": [null]}""")]
    [InlineData("""{"permissions": [{"resource": "a", "action": null}]}""")]
    [InlineData("""{"includes": [null]}""")]
    [InlineData("""{"permissions": [], "permissions": []}""")]
    public async Task RolesUpdate_WithAFileThatIsNoRole_ChangesNothing(string json)
    {
        var ran = await desk.RunAsync(new TestTerminal(json), "roles", "update", "operator", "--organization", "acme", "--in", "-");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.StartsWith("error: - holds no role: ", ran.Error, StringComparison.Ordinal);
        Assert.Empty(script.Calls);
    }

    [Fact]
    public async Task RolesList_OfAnOrganization_ShowsRulesAsTheyAreTyped()
    {
        var ran = await desk.RunAsync("roles", "list", "--organization", "acme");

        Assert.Equal(
            """
            ROLE      BUILT IN  ALLOWS                                     INCLUDES  FOR
            operator  no        servers/*:delete+mfa, deny servers/core:*  viewer    Runs servers.
            viewer    yes       servers:read                               -         May look.

            """,
            ran.Out);
    }

    [Theory]
    [InlineData("roles assignments --all")]
    [InlineData("grants list --all")]
    [InlineData("resources list --all")]
    public async Task List_OfEverybody_AsksForNobody(string line)
    {
        await desk.RunAsync(line.Split(' '));

        Assert.DoesNotContain(Desk.UserId, $"{script.Calls.Single().Request}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("roles assignments")]
    [InlineData("grants list")]
    [InlineData("resources list")]
    public async Task List_OfNobodyNamed_AsksForWhoIsSignedIn(string line)
    {
        await desk.RunAsync(line.Split(' '));

        Assert.Contains(Desk.UserId, $"{script.Calls.Single().Request}", StringComparison.Ordinal);
    }

    // Every command that changes rights; the one that forgot to send it would change them.
    [Theory]
    [InlineData("organizations create acme")]
    [InlineData("organizations update acme --display-name A")]
    [InlineData("organizations delete acme")]
    [InlineData("organizations members add acme ann")]
    [InlineData("organizations members remove acme ann")]
    [InlineData("roles create operator --organization acme --allow servers:read")]
    [InlineData("roles update operator --organization acme --allow servers:read")]
    [InlineData("roles delete operator --organization acme")]
    [InlineData("roles assign ann viewer")]
    [InlineData("roles unassign ann viewer")]
    [InlineData("grants grant ann servers:read")]
    [InlineData("grants revoke " + Rights.GrantId)]
    [InlineData("resources register servers/weather")]
    [InlineData("resources transfer servers/weather ann")]
    [InlineData("resources unregister servers/weather")]
    public async Task DryRun_OfEveryChange_IsSentAndTellsWhatWouldChange(string line)
    {
        var ran = await desk.RunAsync([.. line.Split(' '), "--dry-run"]);

        Assert.Equal(ExitCode.Ok, ran.ExitCode);
        Assert.Equal(
            """
            WHO                                   ORGANIZATION                          RESOURCE         ACTION  BEFORE   AFTER
            01890a5d-ac96-774b-bcce-b302099a8057  01890a5d-ac96-774b-bcce-b302099a8058  servers/weather  read    denied   allowed
            service:weather                       platform                              servers/core     delete  allowed  denied
            Nothing was changed: this was a dry run.

            """,
            ran.Out);
    }

    [Fact]
    public async Task DryRun_WithQuestions_AsksThemWhereTheChangeIs()
    {
        await desk.RunAsync(
            "roles", "assign", "ann", "viewer", "--organization", "acme", "--dry-run", "--question", "ann servers/weather:read", "--question", "service:weather servers:delete");

        Assert.Equal(
            [
                new PermissionQuestion { Principal = Rights.Ann, Resource = "servers/weather", Action = "read", OrganizationId = Rights.OrganizationId, SecondFactor = true },
                new PermissionQuestion
                {
                    Principal = new Principal { Type = PrincipalType.Service, Id = "weather" },
                    Resource = "servers",
                    Action = "delete",
                    OrganizationId = Rights.OrganizationId,
                    SecondFactor = true,
                },
            ],
            script.Requests<AssignRoleRequest>().Single().DryRun.Questions);
    }

    [Fact]
    public async Task DryRun_ThatChangesNothing_SaysSo()
    {
        script.On((AssignRoleRequest _) => new AssignRoleResponse { DryRunResult = new DryRunResult { Truncated = true } });

        var ran = await desk.RunAsync("roles", "assign", "ann", "viewer", "--dry-run");

        Assert.Equal(
            """
            No decision that was compared would be another.
            There may be more: not everything that the change suggests was compared or is listed.
            Nothing was changed: this was a dry run.

            """,
            ran.Out);
    }

    [Fact]
    public async Task DryRun_ThatIsRefused_IsRefusedAsTheChange()
    {
        script.Refuse<AssignRoleRequest>(() => Refusal.Because(ErrorReason.GrantExceedsGrantor, "It is more than yours."));

        var ran = await desk.RunAsync("roles", "assign", "ann", "admin", "--dry-run");

        Assert.Equal(ExitCode.PermissionDenied, ran.ExitCode);
        Assert.Empty(ran.Out);
    }

    [Fact]
    public async Task Change_ThatIsMade_SendsNoDryRun()
    {
        var ran = await desk.RunAsync("roles", "assign", "ann", "viewer", "--json");

        Assert.Null(script.Requests<AssignRoleRequest>().Single().DryRun);
        Assert.Equal("9", ran.Json.GetProperty("rightsRevision").GetString());
    }

    private static RoleDefinition Definition(Role role) => new() { Description = role.Description, Permissions = { role.Permissions }, Includes = { role.Includes } };
}
