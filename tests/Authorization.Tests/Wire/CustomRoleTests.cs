using Google.Protobuf.WellKnownTypes;
using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using static McpSecure.Authorization.Tests.AuthorizationPlatform;

namespace McpSecure.Authorization.Tests;

public sealed class CustomRoleTests(AuthorizationPlatform platform) : IClassFixture<AuthorizationPlatform>
{
    [Fact]
    public async Task Story_Role_IsMadeIncludedChangedAndDeleted()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (user, own, cli) = (await platform.MemberAsync(id), platform.Auth.SignIn(administrator), platform.As("cli"));
        var second = platform.As("webshop", platform.Second).Decisions;

        var inner = (await cli.Roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "inner", Definition = Allowing("tools/*", "use") }, own)).Role;
        var outer = new RoleDefinition { Description = "Über allem.", Includes = { "inner" } };
        await cli.Roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "outer", Definition = outer }, own);
        await cli.Roles.AssignRoleAsync(new() { OrganizationId = $"{id}", Principal = Of(user), Role = "outer" }, own);
        Assert.True(await platform.MayAsync(user, "tools/a", "use", id));
        Assert.Equal(
            ["admin", "api_user", "developer", "inner", "organization_admin", "outer", "viewer"],
            (await cli.Roles.ListRolesAsync(new() { OrganizationId = $"{id}" }, own)).Roles.Select(role => role.Name));

        var updated = await cli.Roles.UpdateRoleAsync(
            new() { OrganizationId = $"{id}", Name = "inner", Definition = Allowing("servers/*", "use"), ExpectedRevision = inner.Revision }, own);
        var question = Question(user, "servers/a", "use");
        question.OrganizationId = $"{id}";
        Assert.True((await second.CheckPermissionAsync(new() { Question = question, AtLeastRevision = updated.Revision })).Allowed);
        Assert.False(await platform.MayAsync(user, "tools/a", "use", id));
        Assert.Equal(updated.Role, (await cli.Roles.GetRoleAsync(new() { OrganizationId = $"{id}", Name = "inner" }, own)).Role);
        var told = await platform.AuditLog.FindAsync(Events.RoleUpdated, told => told.OrganizationId == $"{id}");
        Assert.Equal(("tools/*:use", "servers/*:use"), (told.Attributes["before"], told.Attributes["after"]));

        Assert.Equal(ErrorReason.RoleInUse, (await RefusedAsync(cli.Roles.DeleteRoleAsync(new() { OrganizationId = $"{id}", Name = "inner" }, own))).Reason);
        Assert.Equal(ErrorReason.RoleInUse, (await RefusedAsync(cli.Roles.DeleteRoleAsync(new() { OrganizationId = $"{id}", Name = "outer" }, own))).Reason);
        await cli.Roles.UnassignRoleAsync(new() { OrganizationId = $"{id}", Principal = Of(user), Role = "outer" }, own);
        await cli.Roles.DeleteRoleAsync(new() { OrganizationId = $"{id}", Name = "outer" }, own);
        await cli.Roles.DeleteRoleAsync(new() { OrganizationId = $"{id}", Name = "inner", ExpectedRevision = updated.Role.Revision }, own);
        Assert.Equal(ErrorReason.RoleNotFound, (await RefusedAsync(cli.Roles.DeleteRoleAsync(new() { OrganizationId = $"{id}", Name = "inner" }, own))).Reason);
    }

    [Fact]
    public async Task Update_OfWhatSomebodyElseHasChanged_IsRefused()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (own, roles) = (platform.Auth.SignIn(administrator), platform.As("cli").Roles);
        var read = (await roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "mine", Definition = new() }, own)).Role;
        var updates = Enumerable.Range(0, 5).Select(i => new UpdateRoleRequest
        {
            OrganizationId = $"{id}",
            Name = "mine",
            Definition = Allowing($"servers/{i}", "read"),
            ExpectedRevision = read.Revision,
        });

        var refused = 0;
        await Task.WhenAll(updates.Select(async update =>
        {
            try
            {
                await roles.UpdateRoleAsync(update, own);
            }
            catch (Grpc.Core.RpcException e)
            {
                Assert.Equal(ErrorReason.RoleRevisionConflict, McpSecure.Client.McpSecureError.From(e).Reason);
                Interlocked.Increment(ref refused);
            }
        }));

        Assert.Equal(4, refused);
    }

    [Fact]
    public async Task Role_TakenOrBuiltInNamesAndCircles_AreRefused()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (own, roles) = (platform.Auth.SignIn(administrator), platform.As("cli").Roles);
        var a = (await roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "a", Definition = new() }, own)).Role;
        await roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "b", Definition = new() { Includes = { "a" } } }, own);

        Assert.Equal(ErrorReason.RoleExists, (await RefusedAsync(roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "a", Definition = new() }, own))).Reason);
        Assert.Equal(ErrorReason.RoleExists, (await RefusedAsync(roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "admin", Definition = new() }, own))).Reason);
        Assert.Equal(
            ErrorReason.RoleBuiltIn,
            (await RefusedAsync(roles.UpdateRoleAsync(new() { OrganizationId = $"{id}", Name = "viewer", Definition = new(), ExpectedRevision = "r1.0" }, platform.Administrator))).Reason);
        Assert.Equal(ErrorReason.RoleBuiltIn, (await RefusedAsync(roles.DeleteRoleAsync(new() { OrganizationId = $"{id}", Name = "viewer" }, platform.Administrator))).Reason);
        var circle = await RefusedAsync(roles.UpdateRoleAsync(
            new() { OrganizationId = $"{id}", Name = "a", Definition = new() { Includes = { "b" } }, ExpectedRevision = a.Revision }, own));
        Assert.Equal((ErrorReason.RoleCycle, "a > b > a"), (circle.Reason, circle.Metadata["cycle"]));
    }

    [Fact]
    public async Task Assign_InASubtreeForAWhile_CountsThereAndUntilThen()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (user, own, roles) = (await platform.MemberAsync(id), platform.Auth.SignIn(administrator), platform.As("cli").Roles);
        var end = TimeProvider.System.GetUtcNow().AddHours(1);
        var request = new AssignRoleRequest { OrganizationId = $"{id}", Principal = Of(user), Role = "viewer", Subtree = "servers/a", ExpiresAt = Timestamp.FromDateTimeOffset(end) };

        var given = await roles.AssignRoleAsync(request, own);

        Assert.Equal((request.Subtree, request.OrganizationId), (given.Assignment.Subtree, given.Assignment.OrganizationId));
        Assert.True(await platform.MayAsync(user, "servers/a/b", "read", id));
        Assert.False(await platform.MayAsync(user, "servers/ab", "read", id));
        Assert.Equal(given, await roles.AssignRoleAsync(request, own));
        request.ExpiresAt = null;
        var longer = await roles.AssignRoleAsync(request, own);
        Assert.Null(longer.Assignment.ExpiresAt);
        Assert.Equal(longer.Assignment, Assert.Single((await roles.ListRoleAssignmentsAsync(new() { OrganizationId = $"{id}", Principal = Of(user) }, platform.Auth.SignIn(user))).Assignments));
        await platform.ExecuteAsync($"UPDATE role_assignments SET expires_at = now() - interval '1 s' WHERE principal_id = '{user}'");
        Assert.Empty((await roles.ListRoleAssignmentsAsync(new() { OrganizationId = $"{id}", Principal = Of(user) }, own)).Assignments);
        Assert.Equal(
            ErrorReason.AssignmentNotFound,
            (await RefusedAsync(roles.UnassignRoleAsync(new() { OrganizationId = $"{id}", Principal = Of(user), Role = "viewer", Subtree = "servers/a" }, own))).Reason);
        Assert.NotNull((await roles.AssignRoleAsync(request, own)).Assignment);
    }

    // Roles that include roles multiply: what one means must stay small enough to be judged, and kept, by everybody.
    [Fact]
    public async Task Attack_ExplosiveInclusion_RoleThatReachesTooMuch_IsRefused()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (own, roles) = (platform.Auth.SignIn(administrator), platform.As("cli").Roles);
        var (names, last) = (new List<string>(), "");
        for (var i = 0; i < 10; i++)
        {
            var definition = new RoleDefinition();
            definition.Permissions.AddRange(Enumerable.Range(0, i == 9 ? 80 : 100).Select(j => new V1.Permission { ResourcePattern = $"servers/{i}-{j}", ActionPattern = "read" }));
            last = (await roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = $"part-{i}", Definition = definition }, own)).Role.Revision;
            names.Add($"part-{i}");
        }

        // 980 permissions and 11 roles.
        await roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "all", Definition = new() { Includes = { names } } }, own);
        await roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "above", Definition = new() { Includes = { "all" } } }, own);
        var before = await platform.StateAsync();

        Assert.Equal(ErrorReason.RightsLimitReached, (await RefusedAsync(roles.CreateRoleAsync(
            new() { OrganizationId = $"{id}", Name = "more", Definition = new() { Includes = { "all", "organization_admin" } } }, own))).Reason);

        // Nor by an edit of what it includes.
        var wider = new RoleDefinition();
        wider.Permissions.AddRange(Enumerable.Range(0, 100).Select(j => new V1.Permission { ResourcePattern = $"servers/9-{j}", ActionPattern = "read" }));
        Assert.Equal(ErrorReason.RightsLimitReached, (await RefusedAsync(roles.UpdateRoleAsync(
            new() { OrganizationId = $"{id}", Name = "part-9", Definition = wider, ExpectedRevision = last }, own))).Reason);
        Assert.Equal(before, await platform.StateAsync());
    }

    // The event has room for 1 024 characters: what came and went is told first.
    [Fact]
    public async Task Update_OfALongRole_TellsTheLogWhatCameAndWent()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (own, roles) = (platform.Auth.SignIn(administrator), platform.As("cli").Roles);
        var definition = new RoleDefinition();
        definition.Permissions.AddRange(Enumerable.Range(0, 100).Select(i => new V1.Permission { ResourcePattern = $"servers/long-name-{i}", ActionPattern = "read" }));
        var made = await roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "long", Definition = definition }, own);
        definition.Permissions[99] = new() { ResourcePattern = "tools/*", ActionPattern = "use" };

        await roles.UpdateRoleAsync(new() { OrganizationId = $"{id}", Name = "long", Definition = definition, ExpectedRevision = made.Role.Revision }, own);

        var told = await platform.AuditLog.FindAsync(Events.RoleUpdated, told => told.OrganizationId == $"{id}");
        Assert.Equal(("servers/long-name-99:read", "tools/*:use"), (told.Attributes["removed"], told.Attributes["added"]));
    }

    private static RoleDefinition Allowing(string resource, string action) =>
        new() { Permissions = { new V1.Permission { ResourcePattern = resource, ActionPattern = action } } };
}
