using McpSecure.Audit.V1;
using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using static McpSecure.Authorization.Tests.AuthorizationPlatform;

namespace McpSecure.Authorization.Tests;

public sealed class OrganizationTests(AuthorizationPlatform platform) : IClassFixture<AuthorizationPlatform>
{
    [Fact]
    public async Task Story_Organization_FromItsBeginningToItsEnd()
    {
        var administrator = await platform.UserAsync();
        var (cli, own) = (platform.As("cli"), platform.Auth.SignIn(administrator));

        var made = await cli.Organizations.CreateOrganizationAsync(new() { Name = "story", DisplayName = "Story", Administrator = Of(administrator) }, platform.Administrator);
        var id = Guid.Parse(made.Organization.OrganizationId);
        Assert.True(await platform.MayAsync(administrator, "servers/x", "delete", id));
        Assert.False(await platform.MayAsync(administrator, "servers/x", "delete"));
        Assert.Equal(made.Organization, (await cli.Organizations.GetOrganizationAsync(new() { OrganizationId = $"{id}" }, own)).Organization);
        Assert.Equal(
            ErrorReason.OrganizationExists,
            (await RefusedAsync(cli.Organizations.CreateOrganizationAsync(new() { Name = "story", DisplayName = "Other" }, platform.Administrator))).Reason);

        var renamed = await cli.Organizations.UpdateOrganizationAsync(new() { OrganizationId = $"{id}", DisplayName = "Story, told" }, own);
        Assert.Equal("Story, told", renamed.Organization.DisplayName);
        var told = await platform.AuditLog.FindAsync(Events.OrganizationUpdated, told => told.OrganizationId == $"{id}");
        Assert.Equal(("Story", "Story, told", Outcome.Success), (told.Attributes["before"], told.Attributes["after"], told.Outcome));

        await cli.Resources.RegisterResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/x" }, own);
        Assert.Equal(ErrorReason.PermissionDenied, (await RefusedAsync(cli.Organizations.DeleteOrganizationAsync(new() { OrganizationId = $"{id}" }, own))).Reason);
        Assert.Equal(
            ErrorReason.OrganizationInUse,
            (await RefusedAsync(cli.Organizations.DeleteOrganizationAsync(new() { OrganizationId = $"{id}" }, platform.Administrator))).Reason);
        await cli.Resources.UnregisterResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/x" }, own);
        await cli.Organizations.DeleteOrganizationAsync(new() { OrganizationId = $"{id}" }, platform.Administrator);

        Assert.False(await platform.MayAsync(administrator, "servers/x", "delete", id));
        Assert.Equal(
            ErrorReason.OrganizationNotFound,
            (await RefusedAsync(cli.Organizations.DeleteOrganizationAsync(new() { OrganizationId = $"{id}" }, platform.Administrator))).Reason);
    }

    [Fact]
    public async Task RemoveMember_EndsAllThatHeHeldThere()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (user, own) = (await platform.MemberAsync(id, "developer"), platform.Auth.SignIn(administrator));
        var cli = platform.As("cli");
        await cli.Grants.GrantPermissionAsync(
            new() { OrganizationId = $"{id}", Principal = Of(user), Permission = new() { ResourcePattern = "servers/x", ActionPattern = "delete" } }, own);
        await cli.Resources.RegisterResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/mine" }, platform.Auth.SignIn(user));

        Assert.Equal(
            ErrorReason.MemberOwnsResources,
            (await RefusedAsync(cli.Organizations.RemoveMemberAsync(new() { OrganizationId = $"{id}", Principal = Of(user) }, own))).Reason);
        await cli.Resources.TransferResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/mine", Owner = Of(administrator) }, platform.Auth.SignIn(user));
        await cli.Organizations.RemoveMemberAsync(new() { OrganizationId = $"{id}", Principal = Of(user) }, own);
        await cli.Organizations.AddMemberAsync(new() { OrganizationId = $"{id}", Principal = Of(user) }, own);

        Assert.False(await platform.MayAsync(user, "servers/x", "delete", id));
        Assert.False(await platform.MayAsync(user, "servers/x", "read", id));
        Assert.False(await platform.MayAsync(user, "servers/mine", "delete", id));
    }

    [Fact]
    public async Task RemoveMember_OfWhoHoldsMore_IsRefusedAndHeMayLeaveHimself()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var user = await platform.MemberAsync(id, "admin");
        var leave = new RemoveMemberRequest { OrganizationId = $"{id}", Principal = Of(user) };
        var organizations = platform.As("cli").Organizations;

        Assert.Equal(ErrorReason.GrantExceedsGrantor, (await RefusedAsync(organizations.RemoveMemberAsync(leave, platform.Auth.SignIn(administrator)))).Reason);
        await organizations.RemoveMemberAsync(leave, platform.Auth.SignIn(user));
        Assert.Equal(ErrorReason.OrganizationNotFound, (await RefusedAsync(organizations.RemoveMemberAsync(leave, platform.Auth.SignIn(user)))).Reason);
    }

    [Fact]
    public async Task Lists_InPages_HoldEverythingOnce()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var own = platform.Auth.SignIn(administrator);
        for (var i = 0; i < 4; i++)
        {
            await platform.MemberAsync(id, "viewer");
        }

        var organizations = platform.As("cli").Organizations;
        var members = new List<V1.Member>();
        var request = new ListMembersRequest { OrganizationId = $"{id}", PageSize = 2 };
        do
        {
            var page = await organizations.ListMembersAsync(request, own);
            members.AddRange(page.Members);
            request.PageToken = page.NextPageToken;
            Assert.InRange(page.Members.Count, 1, 2);
        }
        while (request.PageToken.Length > 0);

        Assert.Equal((5, 5), (members.Count, members.Distinct().Count()));
        var roles = platform.As("cli").Roles;
        var first = await roles.ListRoleAssignmentsAsync(new() { OrganizationId = $"{id}", PageSize = 3 }, own);
        var rest = await roles.ListRoleAssignmentsAsync(new() { OrganizationId = $"{id}", PageSize = 3, PageToken = first.NextPageToken }, own);
        Assert.Equal(["organization_admin", "viewer", "viewer", "viewer", "viewer"], first.Assignments.Concat(rest.Assignments).Select(held => held.Role));
        Assert.Empty(rest.NextPageToken);
        Assert.Contains(
            $"{id}",
            (await organizations.ListOrganizationsAsync(new() { PageSize = 1_000 }, platform.Administrator)).Organizations.Select(organization => organization.OrganizationId));
    }

    [Fact]
    public async Task Write_WithoutRecentSecondFactor_NeedsStepUp()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var password = platform.Auth.SignIn(administrator, TimeProvider.System.GetUtcNow(), ["pwd"]);
        var cli = platform.As("cli");

        Assert.Equal(
            ErrorReason.StepUpRequired,
            (await RefusedAsync(cli.Organizations.AddMemberAsync(new() { OrganizationId = $"{id}", Principal = Of(Guid.Empty) }, password))).Reason);
        Assert.Equal(
            ErrorReason.StepUpRequired,
            (await RefusedAsync(cli.Roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "mine", Definition = new() }, password))).Reason);
        Assert.Equal(
            ErrorReason.StepUpRequired,
            (await RefusedAsync(cli.Grants.RevokeGrantAsync(new() { OrganizationId = $"{id}", GrantId = $"{Guid.Empty}" }, password))).Reason);
    }

    [Fact]
    public async Task RemoveMember_TellsTheLogAllThatEnds()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (cli, user) = (platform.As("cli"), await platform.MemberAsync(id));
        await cli.Roles.AssignRoleAsync(new() { OrganizationId = $"{id}", Principal = Of(user), Role = "developer", Subtree = "servers/weather" }, platform.Administrator);
        await cli.Roles.AssignRoleAsync(new() { Principal = Of(user), Role = "viewer" }, platform.Administrator);
        await cli.Grants.GrantPermissionAsync(
            new() { OrganizationId = $"{id}", Principal = Of(user), Permission = new() { ResourcePattern = "tools/a", ActionPattern = "use" } }, platform.Administrator);

        await cli.Organizations.RemoveMemberAsync(new() { OrganizationId = $"{id}", Principal = Of(user) }, platform.Auth.SignIn(administrator));

        var told = await platform.AuditLog.FindAsync(Events.MemberRemoved, told => told.OrganizationId == $"{id}");
        Assert.Equal(("member: developer@servers/weather tools/a:use", ""), (told.Attributes["before"], told.Attributes["after"]));
    }
}
