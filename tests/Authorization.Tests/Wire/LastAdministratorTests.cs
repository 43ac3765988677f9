using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.Authorization.V1;
using McpSecure.Client;
using McpSecure.Common.V1;
using static McpSecure.Authorization.Tests.AuthorizationPlatform;

namespace McpSecure.Authorization.Tests;

/// <summary>No change leaves the platform, or an organization, without a user who can mend things. Each test has a platform of its own.</summary>
public sealed class LastAdministratorTests : IAsyncLifetime
{
    private readonly AuthorizationPlatform platform = new();

    public Task InitializeAsync() => platform.InitializeAsync();

    public Task DisposeAsync() => platform.DisposeAsync();

    [Fact]
    public async Task Attack_LastAdministrator_EveryWayIsRefusedAndChangesNothing()
    {
        var (cli, administrator, self) = (platform.As("cli"), platform.Administrator, AdministratorPrincipal);
        var soon = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddHours(1));

        // Neither a service, nor who holds it for a while, nor who is denied something can stand in.
        await cli.Roles.AssignRoleAsync(new() { Principal = new() { Type = PrincipalType.Service, Id = "deployer" }, Role = "admin" }, administrator);
        await cli.Roles.AssignRoleAsync(new() { Principal = Of(await platform.UserAsync()), Role = "admin", ExpiresAt = soon }, administrator);
        var denied = Of(await platform.UserAsync("admin"));
        await cli.Grants.GrantPermissionAsync(Denial(denied, "keyrings/*", "destroy"), administrator);
        var subtree = Of(await platform.UserAsync());
        await cli.Roles.AssignRoleAsync(new() { Principal = subtree, Role = "admin", Subtree = "servers/weather" }, administrator);
        var before = await platform.StateAsync();

        await RefusedAsLastAsync(cli.Roles.UnassignRoleAsync(new() { Principal = self, Role = "admin" }, administrator));
        await RefusedAsLastAsync(cli.Roles.AssignRoleAsync(new() { Principal = self, Role = "admin", ExpiresAt = soon }, administrator));
        await RefusedAsLastAsync(cli.Grants.GrantPermissionAsync(Denial(self, "role-assignments", "*"), administrator));
        await RefusedAsLastAsync(cli.Grants.GrantPermissionAsync(Denial(self, "grants", "create"), administrator));
        await RefusedAsLastAsync(cli.Grants.GrantPermissionAsync(Denial(self, "*", "read"), administrator));
        await RefusedAsLastAsync(cli.Roles.UnassignRoleAsync(new() { Principal = self, Role = "admin", DryRun = new() }, administrator));

        Assert.Equal(before, await platform.StateAsync());
    }

    // By what he may do, not by the name of a role.
    [Fact]
    public async Task Unassign_AnotherHoldsEverythingByAGrant_IsDone()
    {
        var (cli, administrator) = (platform.As("cli"), platform.Administrator);
        var other = await platform.UserAsync();
        await cli.Grants.GrantPermissionAsync(new() { Principal = Of(other), Permission = new() { ResourcePattern = "*", ActionPattern = "*" } }, administrator);

        await cli.Roles.UnassignRoleAsync(new() { Principal = AdministratorPrincipal, Role = "admin" }, administrator);

        var grant = Assert.Single((await cli.Grants.ListGrantsAsync(new() { Principal = Of(other) }, platform.Auth.SignIn(other))).Grants);
        await RefusedAsLastAsync(cli.Grants.RevokeGrantAsync(new() { GrantId = grant.GrantId }, platform.Auth.SignIn(other)));
        Assert.Equal(
            ErrorReason.BootstrapRefused,
            (await RefusedAsync(platform.As("auth").Roles.GrantFirstAdministratorAsync(new() { UserId = AdministratorPrincipal.Id }))).Reason);
    }

    [Fact]
    public async Task Attack_LastAdministratorRace_OneOfManyRemains()
    {
        var administrators = new List<Guid> { Guid.Parse(AdministratorPrincipal.Id) };
        for (var i = 0; i < 9; i++)
        {
            administrators.Add(await platform.UserAsync("admin"));
        }

        // Everybody takes the role from himself, over two replicas, in every way at once.
        AuthorizationPlatform.Clients[] replicas = [platform.As("cli"), platform.As("cli", platform.Second)];
        var ended = await Task.WhenAll(administrators.Select((user, i) => Task.Run(async () =>
        {
            var clients = replicas[i % 2];
            var own = platform.Auth.SignIn(user);
            return i % 3 == 0
                ? await EndAsync(clients.Grants.GrantPermissionAsync(Denial(Of(user), "*", "*"), own))
                : await EndAsync(clients.Roles.UnassignRoleAsync(new() { Principal = Of(user), Role = "admin" }, own));
        })));

        Assert.Equal(1, ended.Count(reason => reason == ErrorReason.LastAdministrator));
        Assert.Equal(9, ended.Count(reason => reason is null));
        var left = administrators[Array.IndexOf(ended, ErrorReason.LastAdministrator)];
        Assert.True(await platform.MayAsync(left, "role-assignments", "create"));
    }

    [Fact]
    public async Task Attack_LastAdministratorOfAnOrganization_EveryWayIsRefused()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (cli, own, self, organization) = (platform.As("cli"), platform.Auth.SignIn(administrator), Of(administrator), id.ToString());
        var soon = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddHours(1));
        await platform.MemberAsync(id, "developer");
        var role = await cli.Roles.CreateRoleAsync(new() { OrganizationId = organization, Name = "harmless", Definition = new() }, own);
        await cli.Roles.CreateRoleAsync(new() { OrganizationId = organization, Name = "wrapper", Definition = new() { Includes = { "harmless" } } }, own);
        await cli.Roles.AssignRoleAsync(new() { OrganizationId = organization, Principal = self, Role = "wrapper" }, own);
        var before = await platform.StateAsync();

        await RefusedAsLastAsync(cli.Roles.UnassignRoleAsync(new() { OrganizationId = organization, Principal = self, Role = "organization_admin" }, own));
        await RefusedAsLastAsync(cli.Roles.AssignRoleAsync(
            new() { OrganizationId = organization, Principal = self, Role = "organization_admin", ExpiresAt = soon }, own));
        await RefusedAsLastAsync(cli.Organizations.RemoveMemberAsync(new() { OrganizationId = organization, Principal = self }, own));
        await RefusedAsLastAsync(cli.Organizations.RemoveMemberAsync(new() { OrganizationId = organization, Principal = self }, platform.Administrator));
        var denial = Denial(self, "members", "delete");
        denial.OrganizationId = organization;
        await RefusedAsLastAsync(cli.Grants.GrantPermissionAsync(denial, own));

        // A denial in a role that another one includes.
        await RefusedAsLastAsync(cli.Roles.UpdateRoleAsync(
            new()
            {
                OrganizationId = organization,
                Name = "harmless",
                ExpectedRevision = role.Role.Revision,
                Definition = new() { Permissions = { new V1.Permission { ResourcePattern = "role-assignments", ActionPattern = "*", Effect = V1.Effect.Deny } } },
            },
            platform.Administrator));

        // What counts everywhere counts there too.
        await RefusedAsLastAsync(cli.Grants.GrantPermissionAsync(Denial(self, "members", "*"), platform.Administrator));

        Assert.Equal(before, await platform.StateAsync());
    }

    [Fact]
    public async Task RemoveMember_AnotherAdministersTheOrganization_IsDone()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        await platform.MemberAsync(id, "organization_admin");

        await platform.As("cli").Organizations.RemoveMemberAsync(
            new() { OrganizationId = id.ToString(), Principal = Of(administrator) }, platform.Auth.SignIn(administrator));

        Assert.False(await platform.MayAsync(administrator, "servers", "read", id));
    }

    // Denied something in one organization, a platform's administrator gives nothing of it everywhere, and cannot lift the denial himself.
    [Fact]
    public async Task Attack_CripplingThePlatformsAdministrator_ByADenialInAnOrganization_IsRefused()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (cli, own, organization) = (platform.As("cli"), platform.Auth.SignIn(administrator), id.ToString());
        await cli.Organizations.AddMemberAsync(new() { OrganizationId = organization, Principal = AdministratorPrincipal }, own);
        await cli.Roles.AssignRoleAsync(new() { OrganizationId = organization, Principal = AdministratorPrincipal, Role = "viewer" }, own);
        var harmless = await cli.Roles.CreateRoleAsync(new() { OrganizationId = organization, Name = "harmless", Definition = new() }, own);
        await cli.Roles.AssignRoleAsync(new() { OrganizationId = organization, Principal = AdministratorPrincipal, Role = "harmless" }, own);
        var before = await platform.StateAsync();
        var denial = Denial(AdministratorPrincipal, "servers/*", "read");
        denial.OrganizationId = organization;

        await RefusedAsLastAsync(cli.Grants.GrantPermissionAsync(denial, own));
        await RefusedAsLastAsync(cli.Roles.UpdateRoleAsync(
            new() { OrganizationId = organization, Name = "harmless", ExpectedRevision = harmless.Role.Revision, Definition = new() { Permissions = { denial.Permission } } }, own));

        Assert.Equal(before, await platform.StateAsync());

        // With another one, who can lift it, it is done.
        await platform.UserAsync("admin");
        await cli.Grants.GrantPermissionAsync(denial, own);
    }

    [Fact]
    public async Task CreateOrganization_ForWhomAdministeringIsDenied_IsRefused()
    {
        var (cli, user) = (platform.As("cli"), Of(await platform.UserAsync()));
        await cli.Grants.GrantPermissionAsync(Denial(user, "members", "*"), platform.Administrator);

        await RefusedAsLastAsync(cli.Organizations.CreateOrganizationAsync(new() { Name = "headless", DisplayName = "Headless", Administrator = user }, platform.Administrator));
    }

    private static GrantPermissionRequest Denial(Common.V1.Principal principal, string resource, string action) => new()
    {
        Principal = principal,
        Permission = new() { ResourcePattern = resource, ActionPattern = action, Effect = V1.Effect.Deny },
    };

    private static async Task RefusedAsLastAsync<T>(AsyncUnaryCall<T> call) => Assert.Equal(ErrorReason.LastAdministrator, (await RefusedAsync(call)).Reason);

    private static async Task<ErrorReason?> EndAsync<T>(AsyncUnaryCall<T> call)
    {
        try
        {
            await call;
            return null;
        }
        catch (RpcException e)
        {
            return McpSecureError.From(e).Reason;
        }
    }
}
