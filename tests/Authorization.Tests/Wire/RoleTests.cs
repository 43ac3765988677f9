using McpSecure.Audit.V1;
using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using static McpSecure.Authorization.Tests.AuthorizationPlatform;

namespace McpSecure.Authorization.Tests;

public sealed class RoleTests(AuthorizationPlatform platform) : IClassFixture<AuthorizationPlatform>
{
    [Fact]
    public async Task Assign_ByTheAdministrator_IsListedAndRecordedWithBeforeAndAfter()
    {
        var user = await platform.UserAsync("viewer");

        var answer = await platform.As("cli").Roles.AssignRoleAsync(new() { Principal = Of(user), Role = "developer" }, platform.Administrator);

        Assert.Equal((Of(user), "developer"), (answer.Assignment.Principal, answer.Assignment.Role));
        var listed = await platform.As("auth").Roles.ListRoleAssignmentsAsync(new() { Principal = Of(user) });
        Assert.Equal(["developer", "viewer"], listed.Assignments.Select(held => held.Role));
        Assert.Equal(answer.Assignment, listed.Assignments[0]);
        var told = await platform.AuditLog.FindAsync(Events.RoleAssigned, told => told.Resource.EndsWith(user.ToString(), StringComparison.Ordinal) && told.Attributes["role"] == "developer");
        Assert.Equal((Outcome.Success, Severity.Warning, "cli"), (told.Outcome, told.Severity, told.Caller));
        Assert.Equal(("viewer", "developer viewer"), (told.Attributes["before"], told.Attributes["after"]));
        Assert.Equal("developer", told.Attributes["assignment"]);
        Assert.NotEqual(user.ToString(), told.Actor.Id);
    }

    [Fact]
    public async Task Assign_Twice_StaysAsItIs()
    {
        var user = await platform.UserAsync();
        var request = new AssignRoleRequest { Principal = Of(user), Role = "viewer" };
        var roles = platform.As("cli").Roles;

        var first = await roles.AssignRoleAsync(request, platform.Administrator);

        Assert.Equal(first, await roles.AssignRoleAsync(request, platform.Administrator));
    }

    [Fact]
    public async Task Assign_UnknownRole_IsRefused() =>
        Assert.Equal(
            ErrorReason.RoleNotFound,
            (await RefusedAsync(platform.As("cli").Roles.AssignRoleAsync(new() { Principal = Of(Guid.Empty), Role = "root" }, platform.Administrator))).Reason);

    [Fact]
    public async Task Assign_WithoutRecentSecondFactor_NeedsStepUp()
    {
        var administrator = await platform.UserAsync("admin");
        var roles = platform.As("cli").Roles;
        var request = new AssignRoleRequest { Principal = Of(administrator), Role = "viewer" };
        var now = TimeProvider.System.GetUtcNow();

        var password = await RefusedAsync(roles.AssignRoleAsync(request, platform.Auth.SignIn(administrator, now, ["pwd"])));
        var old = await RefusedAsync(roles.AssignRoleAsync(request, platform.Auth.SignIn(administrator, now.AddHours(-1), ["pwd", "otp", "mfa"])));

        Assert.Equal((ErrorReason.StepUpRequired, ErrorReason.StepUpRequired), (password.Reason, old.Reason));
    }

    [Fact]
    public async Task Attack_SelfGranting_OrganizationAdminMakesNobodyAnAdministrator()
    {
        var user = await platform.UserAsync("organization_admin");
        var roles = platform.As("cli").Roles;
        var self = new AssignRoleRequest { Principal = Of(user), Role = "admin" };

        Assert.Equal(ErrorReason.GrantExceedsGrantor, (await RefusedAsync(roles.AssignRoleAsync(self, platform.Auth.SignIn(user)))).Reason);
        self.Principal.Type = PrincipalType.ApiKey;
        Assert.Equal(ErrorReason.GrantExceedsGrantor, (await RefusedAsync(roles.AssignRoleAsync(self, platform.Auth.SignIn(user)))).Reason);

        await platform.AuditLog.FindAsync(Events.RoleAssigned, told => told.Actor?.Id == user.ToString() && told is { Outcome: Outcome.Denied, Reason: "GRANT_EXCEEDS_GRANTOR" });
        Assert.Equal(["organization_admin"], (await platform.As("auth").Roles.ListRoleAssignmentsAsync(new() { Principal = Of(user) })).Assignments.Select(held => held.Role));
    }

    [Fact]
    public async Task Attack_SelfGranting_DeveloperGivesNothing()
    {
        var user = await platform.UserAsync("developer");

        var refused = await RefusedAsync(platform.As("cli").Roles.AssignRoleAsync(new() { Principal = Of(user), Role = "viewer" }, platform.Auth.SignIn(user)));

        Assert.Equal(ErrorReason.PermissionDenied, refused.Reason);
    }

    [Fact]
    public async Task Attack_ScopeWidening_NarrowedAdministratorGivesNoRoleBeyondHisScopes()
    {
        var administrator = await platform.UserAsync("admin");
        var user = await platform.UserAsync();
        var roles = platform.As("cli").Roles;

        var refused = await RefusedAsync(roles.AssignRoleAsync(new() { Principal = Of(user), Role = "admin" }, platform.Auth.SignIn(administrator, "org:admin")));
        var outside = await RefusedAsync(roles.AssignRoleAsync(new() { Principal = Of(user), Role = "viewer" }, platform.Auth.SignIn(administrator, "mcp:read")));
        await roles.AssignRoleAsync(new() { Principal = Of(user), Role = "viewer" }, platform.Auth.SignIn(administrator, "org:admin", "mcp:read"));

        Assert.Equal((ErrorReason.GrantExceedsGrantor, ErrorReason.PermissionDenied), (refused.Reason, outside.Reason));
    }

    [Fact]
    public async Task Unassign_HeldRole_IsTakenOnceAndRecorded()
    {
        var user = await platform.UserAsync("viewer");
        var roles = platform.As("cli").Roles;
        var request = new UnassignRoleRequest { Principal = Of(user), Role = "viewer" };

        await roles.UnassignRoleAsync(request, platform.Administrator);

        Assert.Equal(ErrorReason.AssignmentNotFound, (await RefusedAsync(roles.UnassignRoleAsync(request, platform.Administrator))).Reason);
        var told = await platform.AuditLog.FindAsync(Events.RoleUnassigned, told => told.Resource.EndsWith(user.ToString(), StringComparison.Ordinal));
        Assert.Equal(("viewer", ""), (told.Attributes["before"], told.Attributes["after"]));
    }

    [Fact]
    public async Task Unassign_RoleAboveOnesOwn_IsRefused()
    {
        var user = await platform.UserAsync("organization_admin");
        var administrator = await platform.UserAsync("admin");

        var refused = await RefusedAsync(platform.As("cli").Roles.UnassignRoleAsync(new() { Principal = Of(administrator), Role = "admin" }, platform.Auth.SignIn(user)));

        Assert.Equal(ErrorReason.GrantExceedsGrantor, refused.Reason);
    }

    [Fact]
    public async Task ListRoleAssignments_OfAnother_NeedsTheRightToRead()
    {
        var user = await platform.UserAsync("developer");
        var another = await platform.UserAsync("viewer");
        var roles = platform.As("cli").Roles;

        Assert.Single((await roles.ListRoleAssignmentsAsync(new() { Principal = Of(user) }, platform.Auth.SignIn(user))).Assignments);
        Assert.Equal(
            ErrorReason.PermissionDenied,
            (await RefusedAsync(roles.ListRoleAssignmentsAsync(new() { Principal = Of(another) }, platform.Auth.SignIn(user)))).Reason);
    }

    [Fact]
    public async Task ListRoles_ByWhoMayReadThem_HoldsTheTable()
    {
        var answer = await platform.As("cli").Roles.ListRolesAsync(new(), platform.Administrator);

        Assert.Equal(["admin", "api_user", "developer", "organization_admin", "viewer"], answer.Roles.Select(role => role.Name));
        Assert.All(answer.Roles, role => Assert.True(role.BuiltIn));
        Assert.Equal(new V1.Permission { ResourcePattern = "*", ActionPattern = "*", Effect = V1.Effect.Allow }, Assert.Single(answer.Roles[0].Permissions));
    }

    [Fact]
    public async Task GrantFirstAdministrator_WhereOneIs_IsRefusedAndRecorded()
    {
        var user = await platform.UserAsync();

        var refused = await RefusedAsync(platform.As("auth").Roles.GrantFirstAdministratorAsync(new() { UserId = user.ToString() }));

        Assert.Equal(ErrorReason.BootstrapRefused, refused.Reason);
        await platform.AuditLog.FindAsync(Events.RoleAssigned, told => told.Reason == "BOOTSTRAP_REFUSED" && told.Resource.EndsWith(user.ToString(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("cli")]
    [InlineData("webshop")]
    [InlineData("apikey")]
    public async Task Attack_GrantFirstAdministratorByAnybodyButAuth_IsRefused(string workload) =>
        Assert.Equal(
            ErrorReason.CallerNotAllowed,
            (await RefusedAsync(platform.As(workload).Roles.GrantFirstAdministratorAsync(new() { UserId = Guid.Empty.ToString() }))).Reason);

    [Fact]
    public async Task ListRoleAssignments_TheLongestThereIs_LeadsToTheNextPage()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (cli, own, name) = (platform.As("cli"), platform.Auth.SignIn(administrator), new string('z', 64));
        var service = new Common.V1.Principal { Type = PrincipalType.Service, Id = new string('s', 64) };
        await cli.Organizations.AddMemberAsync(new() { OrganizationId = $"{id}", Principal = service }, own);
        await cli.Roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = name, Definition = new() }, own);
        foreach (var end in (string[])["a", "b"])
        {
            await cli.Roles.AssignRoleAsync(new() { OrganizationId = $"{id}", Principal = service, Role = name, Subtree = new string('r', 255) + end }, own);
        }

        var request = new ListRoleAssignmentsRequest { OrganizationId = $"{id}", Role = name, PageSize = 1 };
        request.PageToken = (await cli.Roles.ListRoleAssignmentsAsync(request, own)).NextPageToken;

        Assert.Equal(new string('r', 255) + "b", Assert.Single((await cli.Roles.ListRoleAssignmentsAsync(request, own)).Assignments).Subtree);
    }
}
