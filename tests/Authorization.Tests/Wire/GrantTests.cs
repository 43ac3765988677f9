using Google.Protobuf.WellKnownTypes;
using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using static McpSecure.Authorization.Tests.AuthorizationPlatform;

namespace McpSecure.Authorization.Tests;

public sealed class GrantTests(AuthorizationPlatform platform) : IClassFixture<AuthorizationPlatform>
{
    [Fact]
    public async Task Story_Grant_IsGivenDeniedAndTakenBack()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (user, own, grants) = (await platform.MemberAsync(id), platform.Auth.SignIn(administrator), platform.As("cli").Grants);
        var allow = new GrantPermissionRequest { OrganizationId = $"{id}", Principal = Of(user), Permission = new() { ResourcePattern = "servers/*", ActionPattern = "read" } };

        var given = await grants.GrantPermissionAsync(allow, own);
        Assert.Equal(given, await grants.GrantPermissionAsync(allow, own));
        Assert.True(await platform.MayAsync(user, "servers/a", "read", id));
        Assert.False(await platform.MayAsync(user, "servers/a", "read"));
        allow.Permission.ResourcePattern = "servers/a";
        allow.Permission.Effect = V1.Effect.Deny;
        var denied = await grants.GrantPermissionAsync(allow, own);
        Assert.False(await platform.MayAsync(user, "servers/a", "read", id));
        Assert.Equal([given.Grant, denied.Grant], (await grants.ListGrantsAsync(new() { OrganizationId = $"{id}", Principal = Of(user) }, platform.Auth.SignIn(user))).Grants);

        await grants.RevokeGrantAsync(new() { OrganizationId = $"{id}", GrantId = denied.Grant.GrantId }, own);
        Assert.True(await platform.MayAsync(user, "servers/a", "read", id));
        Assert.Equal(
            ErrorReason.GrantNotFound, (await RefusedAsync(grants.RevokeGrantAsync(new() { OrganizationId = $"{id}", GrantId = denied.Grant.GrantId }, own))).Reason);
        var told = await platform.AuditLog.FindAsync(Events.GrantRevoked, told => told.Attributes.TryGetValue("grant_id", out var grant) && grant == denied.Grant.GrantId);
        Assert.Equal(("!servers/a:read", ""), (told.Attributes["before"], told.Attributes["after"]));
    }

    [Fact]
    public async Task Grant_OtherExpiry_ChangesWhenItEnds()
    {
        var user = await platform.UserAsync();
        var grants = platform.As("cli").Grants;
        var request = new GrantPermissionRequest { Principal = Of(user), Permission = new() { ResourcePattern = "servers", ActionPattern = "read" } };
        var first = await grants.GrantPermissionAsync(request, platform.Administrator);
        request.ExpiresAt = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddMinutes(5));

        var second = await grants.GrantPermissionAsync(request, platform.Administrator);

        Assert.Equal(first.Grant.GrantId, second.Grant.GrantId);
        Assert.NotNull(second.Grant.ExpiresAt);
        Assert.NotEqual(first.Revision, second.Revision);
    }

    [Fact]
    public async Task Grant_ThatDemandsASecondFactor_TellsWhoHasNoneToStepUp()
    {
        var user = await platform.UserAsync();
        await platform.As("cli").Grants.GrantPermissionAsync(
            new() { Principal = Of(user), Permission = new() { ResourcePattern = "roles", ActionPattern = "read", RequiresSecondFactor = true } }, platform.Administrator);
        var roles = platform.As("cli").Roles;

        var refused = await RefusedAsync(roles.ListRolesAsync(new(), platform.Auth.SignIn(user, TimeProvider.System.GetUtcNow(), ["pwd"])));
        var listed = await roles.ListRolesAsync(new(), platform.Auth.SignIn(user));

        Assert.Equal(ErrorReason.StepUpRequired, refused.Reason);
        Assert.NotEmpty(listed.Roles);
    }

    [Fact]
    public async Task Grant_BeyondTenThousand_IsRefused()
    {
        var user = await platform.UserAsync();
        await platform.ExecuteAsync(
            $"""
            INSERT INTO grants (id, principal_kind, principal_id, resource_pattern, action_pattern, effect, second_factor, created_at, expires_at)
            SELECT gen_random_uuid(), 1, '{user}', 'servers/s' || i, 'read', 1, false, now(), CASE WHEN i <= 5 THEN now() - interval '1 s' END FROM generate_series(1, 10004) i
            """);
        var grants = platform.As("cli").Grants;
        var request = new GrantPermissionRequest { Principal = Of(user), Permission = new() { ResourcePattern = "tools", ActionPattern = "read" } };

        await grants.GrantPermissionAsync(request, platform.Administrator);
        request.Permission.ActionPattern = "use";
        var refused = await RefusedAsync(grants.GrantPermissionAsync(request, platform.Administrator));

        Assert.Equal((ErrorReason.RightsLimitReached, "10000"), (refused.Reason, refused.Metadata["limit"]));
    }

    // What has a thousand rules is held against all of them, and answers in time.
    [Fact]
    public async Task Attack_GrantorWithTenThousandGrants_HoldsNobodyUp()
    {
        var (id, _) = await platform.OrganizationAsync();
        var user = await platform.MemberAsync(id, "organization_admin");
        await platform.ExecuteAsync(
            $"""
            INSERT INTO grants (id, principal_kind, principal_id, organization_id, resource_pattern, action_pattern, effect, second_factor, created_at)
            SELECT gen_random_uuid(), 1, '{user}', '{id}', 'zone-' || i || '/*[a-z]*[0-9]*', '*', 1 + i % 2, false, now() FROM generate_series(1, 9990) i
            """);
        var definition = new RoleDefinition();
        definition.Permissions.Add(Enumerable.Range(0, 100).Select(i => new V1.Permission { ResourcePattern = $"servers/*a{i}*b?c[d-x]", ActionPattern = "u*" }));

        var made = await platform.As("cli").Roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "many", Definition = definition }, platform.Auth.SignIn(user));

        Assert.Equal(100, made.Role.Permissions.Count);
    }

    [Fact]
    public async Task Grant_ToNoMember_IsRefused()
    {
        var (id, administrator) = await platform.OrganizationAsync();

        var refused = await RefusedAsync(platform.As("cli").Grants.GrantPermissionAsync(
            new() { OrganizationId = $"{id}", Principal = Of(await platform.UserAsync()), Permission = new() { ResourcePattern = "servers", ActionPattern = "read" } },
            platform.Auth.SignIn(administrator)));

        Assert.Equal(ErrorReason.NotAMember, refused.Reason);
    }
}
