using Google.Protobuf.WellKnownTypes;
using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using static McpSecure.Authorization.Tests.AuthorizationPlatform;

namespace McpSecure.Authorization.Tests;

/// <summary>Nobody gets, by any way of giving, more than somebody had who gave it.</summary>
public sealed class PrivilegeEscalationTests(AuthorizationPlatform platform) : IClassFixture<AuthorizationPlatform>
{
    [Fact]
    public async Task Attack_PrivilegeEscalation_ByRoleEdit_IsRefused()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (cli, own) = (platform.As("cli"), platform.Auth.SignIn(administrator));
        var role = await cli.Roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "mine", Definition = Allowing("servers/*", "read") }, own);
        await cli.Roles.AssignRoleAsync(new() { OrganizationId = $"{id}", Principal = Of(administrator), Role = "mine" }, own);
        var wider = new UpdateRoleRequest { OrganizationId = $"{id}", Name = "mine", Definition = Allowing("audit-events", "read"), ExpectedRevision = role.Role.Revision };
        var before = await platform.StateAsync();

        Assert.Equal(ErrorReason.GrantExceedsGrantor, (await RefusedAsync(cli.Roles.UpdateRoleAsync(wider, own))).Reason);
        wider.Definition = Allowing("*", "*");
        Assert.Equal(ErrorReason.GrantExceedsGrantor, (await RefusedAsync(cli.Roles.UpdateRoleAsync(wider, own))).Reason);
        Assert.Equal(
            ErrorReason.GrantExceedsGrantor,
            (await RefusedAsync(cli.Roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "other", Definition = Allowing("users/*", "delete") }, own))).Reason);

        Assert.Equal(before, await platform.StateAsync());
        await platform.AuditLog.FindAsync(Events.RoleUpdated, told => told.Actor?.Id == administrator.ToString() && told.Reason == "GRANT_EXCEEDS_GRANTOR");
    }

    [Fact]
    public async Task Attack_PrivilegeEscalation_ByInclusion_IsRefused()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (cli, own) = (platform.As("cli"), platform.Auth.SignIn(administrator));
        await cli.Roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "above", Definition = Allowing("audit-events", "read") }, platform.Administrator);
        var before = await platform.StateAsync();

        foreach (var included in (string[])["admin", "above"])
        {
            var refused = await RefusedAsync(cli.Roles.CreateRoleAsync(
                new() { OrganizationId = $"{id}", Name = "mine", Definition = new() { Includes = { included } } }, own));
            Assert.Equal(ErrorReason.GrantExceedsGrantor, refused.Reason);
        }

        Assert.Equal(ErrorReason.GrantExceedsGrantor, (await RefusedAsync(cli.Roles.AssignRoleAsync(
            new() { OrganizationId = $"{id}", Principal = Of(administrator), Role = "above" }, own))).Reason);
        Assert.Equal(before, await platform.StateAsync());
    }

    [Fact]
    public async Task Attack_PrivilegeEscalation_ByGrantToSelf_IsRefused()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (cli, own, self) = (platform.As("cli"), platform.Auth.SignIn(administrator), Of(administrator));
        var before = await platform.StateAsync();

        foreach (var (resource, action) in new[] { ("*", "*"), ("audit-events", "read"), ("s*", "read"), ("servers*", "read"), ("users", "d*") })
        {
            var wanted = new GrantPermissionRequest { OrganizationId = $"{id}", Principal = self, Permission = new() { ResourcePattern = resource, ActionPattern = action } };
            Assert.Equal(ErrorReason.GrantExceedsGrantor, (await RefusedAsync(cli.Grants.GrantPermissionAsync(wanted, own))).Reason);

            // What counts everywhere is not his to give.
            wanted.OrganizationId = "";
            Assert.Equal(ErrorReason.PermissionDenied, (await RefusedAsync(cli.Grants.GrantPermissionAsync(wanted, own))).Reason);
        }

        Assert.Equal(before, await platform.StateAsync());
    }

    [Fact]
    public async Task Attack_PrivilegeEscalation_ByOwnership_IsRefused()
    {
        var (id, _) = await platform.OrganizationAsync();
        var (owner, thief) = (await platform.MemberAsync(id, "developer"), await platform.MemberAsync(id, "developer"));
        var cli = platform.As("cli");
        await cli.Resources.RegisterResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/weather/tools" }, platform.Auth.SignIn(owner));
        var (his, before) = (platform.Auth.SignIn(thief), await platform.StateAsync());

        // He may create servers; what is above or is another's does not become his by that, nor a kind as a whole, nor somebody else's.
        Assert.Equal(ErrorReason.ResourceExists, (await RefusedAsync(cli.Resources.RegisterResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/weather" }, his))).Reason);
        Assert.Equal(ErrorReason.ResourceExists, (await RefusedAsync(cli.Resources.RegisterResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/weather/tools" }, his))).Reason);
        Assert.Equal(ErrorReason.FieldInvalid, (await RefusedAsync(cli.Resources.RegisterResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers" }, his))).Reason);
        Assert.Equal(
            ErrorReason.GrantExceedsGrantor,
            (await RefusedAsync(cli.Resources.RegisterResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/new", Owner = Of(owner) }, his))).Reason);
        Assert.Equal(
            ErrorReason.PermissionDenied,
            (await RefusedAsync(cli.Resources.TransferResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/weather/tools", Owner = Of(thief) }, his))).Reason);
        Assert.Equal(
            ErrorReason.PermissionDenied,
            (await RefusedAsync(cli.Resources.UnregisterResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/weather/tools" }, his))).Reason);
        Assert.Equal(before, await platform.StateAsync());
    }

    // Who may transfer and no more must not take it for himself.
    [Fact]
    public async Task Attack_PrivilegeEscalation_ByTransferOrByTakingOver_IsRefused()
    {
        var (id, _) = await platform.OrganizationAsync();
        var (owner, clerk) = (await platform.MemberAsync(id, "developer"), await platform.MemberAsync(id));
        var cli = platform.As("cli");
        await cli.Resources.RegisterResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/weather" }, platform.Auth.SignIn(owner));
        foreach (var action in (string[])["transfer", "delete", "create"])
        {
            await cli.Grants.GrantPermissionAsync(
                new() { OrganizationId = $"{id}", Principal = Of(clerk), Permission = new() { ResourcePattern = "servers/*", ActionPattern = action } }, platform.Administrator);
        }

        var (his, before) = (platform.Auth.SignIn(clerk), await platform.StateAsync());

        Assert.Equal(
            ErrorReason.GrantExceedsGrantor,
            (await RefusedAsync(cli.Resources.TransferResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/weather", Owner = Of(clerk) }, his))).Reason);
        Assert.Equal(
            ErrorReason.GrantExceedsGrantor,
            (await RefusedAsync(cli.Resources.UnregisterResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/weather" }, his))).Reason);
        Assert.Equal(before, await platform.StateAsync());
    }

    // An administrator for an hour must not make himself one for good.
    [Fact]
    public async Task Attack_OutlivingOnesOwnRights_IsRefused()
    {
        var user = await platform.UserAsync();
        var (cli, end) = (platform.As("cli"), TimeProvider.System.GetUtcNow().AddHours(1));
        await cli.Roles.AssignRoleAsync(new() { Principal = Of(user), Role = "admin", ExpiresAt = Timestamp.FromDateTimeOffset(end) }, platform.Administrator);
        var (his, other) = (platform.Auth.SignIn(user), Of(await platform.UserAsync()));

        Assert.Equal(ErrorReason.GrantExceedsGrantor, (await RefusedAsync(cli.Roles.AssignRoleAsync(new() { Principal = Of(user), Role = "admin" }, his))).Reason);
        Assert.Equal(
            ErrorReason.GrantExceedsGrantor,
            (await RefusedAsync(cli.Roles.AssignRoleAsync(new() { Principal = other, Role = "viewer", ExpiresAt = Timestamp.FromDateTimeOffset(end.AddSeconds(1)) }, his))).Reason);
        await cli.Roles.AssignRoleAsync(new() { Principal = other, Role = "viewer", ExpiresAt = Timestamp.FromDateTimeOffset(end.AddSeconds(-1)) }, his);
    }

    // Denied in one organization, he must not give it to another everywhere; nor lift what was laid upon him.
    [Fact]
    public async Task Attack_DenialByAnotherWay_IsRefused()
    {
        var (id, _) = await platform.OrganizationAsync();
        var user = await platform.MemberAsync(id, "organization_admin");
        var cli = platform.As("cli");
        await cli.Roles.AssignRoleAsync(new() { Principal = Of(user), Role = "admin" }, platform.Administrator);
        var denial = await cli.Grants.GrantPermissionAsync(
            new() { OrganizationId = $"{id}", Principal = Of(user), Permission = new() { ResourcePattern = "servers/vault*", ActionPattern = "*", Effect = V1.Effect.Deny } },
            platform.Administrator);
        var (his, friend, before) = (platform.Auth.SignIn(user), Of(await platform.UserAsync()), await platform.StateAsync());

        Assert.Equal(ErrorReason.GrantExceedsGrantor, (await RefusedAsync(cli.Grants.RevokeGrantAsync(new() { OrganizationId = $"{id}", GrantId = denial.Grant.GrantId }, his))).Reason);
        Assert.Equal(ErrorReason.GrantExceedsGrantor, (await RefusedAsync(cli.Roles.AssignRoleAsync(new() { Principal = friend, Role = "viewer" }, his))).Reason);
        Assert.Equal(before, await platform.StateAsync());
        Assert.False(await platform.MayAsync(user, "servers/vault", "read", id));
        Assert.True(await platform.MayAsync(user, "servers/vault", "read"));
    }

    // Without a second factor where only with one it was held.
    [Fact]
    public async Task Attack_LosingTheSecondFactorOnTheWay_IsRefused()
    {
        var (id, _) = await platform.OrganizationAsync();
        var user = await platform.MemberAsync(id);
        var cli = platform.As("cli");
        await cli.Grants.GrantPermissionAsync(
            new() { OrganizationId = $"{id}", Principal = Of(user), Permission = new() { ResourcePattern = "grants", ActionPattern = "create" } }, platform.Administrator);
        await cli.Grants.GrantPermissionAsync(
            new() { OrganizationId = $"{id}", Principal = Of(user), Permission = new() { ResourcePattern = "servers/*", ActionPattern = "*", RequiresSecondFactor = true } },
            platform.Administrator);
        var own = new GrantPermissionRequest { OrganizationId = $"{id}", Principal = Of(user), Permission = new() { ResourcePattern = "servers/a", ActionPattern = "read" } };

        Assert.Equal(ErrorReason.GrantExceedsGrantor, (await RefusedAsync(cli.Grants.GrantPermissionAsync(own, platform.Auth.SignIn(user)))).Reason);
        own.Permission.RequiresSecondFactor = true;
        await cli.Grants.GrantPermissionAsync(own, platform.Auth.SignIn(user));
    }

    // What is below a resource is its owner's: who may create there must not take it by registering it.
    [Fact]
    public async Task Attack_PrivilegeEscalation_ByRegisteringBelowAnothers_IsRefused()
    {
        var (id, _) = await platform.OrganizationAsync();
        var (owner, thief, cli) = (await platform.MemberAsync(id, "developer"), await platform.MemberAsync(id, "developer"), platform.As("cli"));
        await cli.Resources.RegisterResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/weather" }, platform.Auth.SignIn(owner));
        var (part, before) = (new RegisterResourceRequest { OrganizationId = $"{id}", Resource = "servers/weather/tools/x" }, await platform.StateAsync());

        Assert.Equal(ErrorReason.GrantExceedsGrantor, (await RefusedAsync(cli.Resources.RegisterResourceAsync(part, platform.Auth.SignIn(thief)))).Reason);

        Assert.Equal(before, await platform.StateAsync());
        Assert.False(await platform.MayAsync(thief, "servers/weather/tools/x", "delete", id));
        await cli.Resources.RegisterResourceAsync(part, platform.Auth.SignIn(owner));
    }

    private static RoleDefinition Allowing(string resource, string action) =>
        new() { Permissions = { new V1.Permission { ResourcePattern = resource, ActionPattern = action } } };
}
