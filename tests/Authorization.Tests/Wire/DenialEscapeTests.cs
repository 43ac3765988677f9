using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using static McpSecure.Authorization.Tests.AuthorizationPlatform;

namespace McpSecure.Authorization.Tests;

/// <summary>Nobody gets out of what is denied to him by a way around it.</summary>
public sealed class DenialEscapeTests(AuthorizationPlatform platform) : IClassFixture<AuthorizationPlatform>
{
    // What he holds everywhere counts in the organization whether he is a member or not: only the denial would end with the membership.
    [Fact]
    public async Task Attack_LeavingToLiftOnesOwnDenial_IsRefused()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (cli, user) = (platform.As("cli"), await platform.MemberAsync(id));
        await cli.Roles.AssignRoleAsync(new() { Principal = Of(user), Role = "developer" }, platform.Administrator);
        await cli.Grants.GrantPermissionAsync(Denial(id, user, "servers/vault*"), platform.Auth.SignIn(administrator));
        var (leave, before) = (new RemoveMemberRequest { OrganizationId = $"{id}", Principal = Of(user) }, await platform.StateAsync());

        Assert.Equal(ErrorReason.GrantExceedsGrantor, (await RefusedAsync(cli.Organizations.RemoveMemberAsync(leave, platform.Auth.SignIn(user)))).Reason);

        Assert.Equal(before, await platform.StateAsync());
        Assert.False(await platform.MayAsync(user, "servers/vault", "read", id));
    }

    [Fact]
    public async Task Leaving_WithADenialOfWhatIsNotHeldElsewhere_IsDone()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (cli, user) = (platform.As("cli"), await platform.MemberAsync(id, "viewer"));
        await cli.Grants.GrantPermissionAsync(Denial(id, user, "servers/vault*"), platform.Auth.SignIn(administrator));

        await cli.Organizations.RemoveMemberAsync(new() { OrganizationId = $"{id}", Principal = Of(user) }, platform.Auth.SignIn(user));

        Assert.False(await platform.MayAsync(user, "servers/vault", "read", id));
    }

    // A token that only reads does not end a membership.
    [Fact]
    public async Task Attack_ScopeWidening_LeavingWithATokenThatIsNarrowed_IsRefused()
    {
        var (id, _) = await platform.OrganizationAsync();
        var (cli, user) = (platform.As("cli"), await platform.MemberAsync(id, "viewer"));
        var leave = new RemoveMemberRequest { OrganizationId = $"{id}", Principal = Of(user) };

        Assert.Equal(ErrorReason.PermissionDenied, (await RefusedAsync(cli.Organizations.RemoveMemberAsync(leave, platform.Auth.SignIn(user, "mcp:read")))).Reason);

        await cli.Organizations.RemoveMemberAsync(leave, platform.Auth.SignIn(user, "org:admin"));
    }

    private static GrantPermissionRequest Denial(Guid organization, Guid user, string resource) => new()
    {
        OrganizationId = $"{organization}",
        Principal = Of(user),
        Permission = new() { ResourcePattern = resource, ActionPattern = "*", Effect = V1.Effect.Deny },
    };
}
