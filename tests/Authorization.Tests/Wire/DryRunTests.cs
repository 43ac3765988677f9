using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using static McpSecure.Authorization.Tests.AuthorizationPlatform;

namespace McpSecure.Authorization.Tests;

public sealed class DryRunTests(AuthorizationPlatform platform) : IClassFixture<AuthorizationPlatform>
{
    private static readonly string[] Resources = ["servers", "servers/a", "servers/a/x", "servers/ab", "tools/t", "scenarios"];
    private static readonly string[] Actions = ["read", "use", "update", "delete"];

    // Whatever is drawn: what the dry run says is what happens, no more and no less, and the dry run itself does nothing.
    [Fact]
    public async Task DryRun_RandomChanges_TellsExactlyWhatChangesWhenDone()
    {
        var dice = new Dice(20261121);
        var (id, administrator) = await platform.OrganizationAsync();
        var users = new List<Guid> { administrator };
        for (var i = 0; i < 3; i++)
        {
            users.Add(await platform.MemberAsync(id));
        }

        var asked = (from user in users from resource in Resources from action in Actions select In(id, Question(user, resource, action))).ToArray();
        var (cli, changed) = (platform.As("cli"), 0);
        await cli.Roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "custom", Definition = new() }, platform.Administrator);
        for (var round = 0; round < 60; round++)
        {
            var change = await DrawAsync(dice, id, users);
            var (before, state) = (await DecideAsync(asked), await platform.StateAsync());

            var dryRun = new DryRun { Questions = { asked } };
            var told = await change(dryRun);
            Assert.Equal(state, await platform.StateAsync());
            Assert.Equal(before, await DecideAsync(asked));
            Assert.Null(await change(null));
            var after = await DecideAsync(asked);

            var expected = asked.Select((question, i) => (question.Principal, question.Resource, question.Action, Before: before[i], After: after[i]))
                .Where(answer => answer.Before != answer.After)
                .ToArray();
            Assert.NotNull(told);
            Assert.False(told.Truncated);
            Assert.Equal(expected, told.Changes.Select(answer => (answer.Principal, answer.Resource, answer.Action, answer.AllowedBefore, answer.AllowedAfter)));
            changed += expected.Length;
        }

        Assert.InRange(changed, 50, int.MaxValue);
    }

    [Fact]
    public async Task DryRun_WithoutQuestions_AsksWhatTheChangeSuggests()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var user = await platform.MemberAsync(id);
        var own = platform.Auth.SignIn(administrator);
        await platform.As("cli").Resources.RegisterResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/registered" }, own);

        var answer = await platform.As("cli").Roles.AssignRoleAsync(
            new() { OrganizationId = $"{id}", Principal = Of(user), Role = "viewer", DryRun = new() }, own);

        Assert.Equal(("", false), (answer.Revision, answer.DryRunResult.Truncated));
        Assert.Contains(
            new ChangedDecision { Principal = Of(user), OrganizationId = $"{id}", Resource = "servers/registered", Action = "use", AllowedAfter = true },
            answer.DryRunResult.Changes);
        Assert.All(answer.DryRunResult.Changes, changed => Assert.True(changed.AllowedAfter && !changed.AllowedBefore && changed.Action is "read" or "use"));
        Assert.False(await platform.MayAsync(user, "servers/registered", "use", id));
    }

    [Fact]
    public async Task DryRun_OfARole_TellsOfItsHolders()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var own = platform.Auth.SignIn(administrator);
        var cli = platform.As("cli");
        var role = await cli.Roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "inner", Definition = new() }, own);
        await cli.Roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "outer", Definition = new() { Includes = { "inner" } } }, own);
        var (holder, other) = (await platform.MemberAsync(id, "outer"), await platform.MemberAsync(id));

        var answer = await cli.Roles.UpdateRoleAsync(
            new()
            {
                OrganizationId = $"{id}",
                Name = "inner",
                ExpectedRevision = role.Role.Revision,
                Definition = new() { Permissions = { new V1.Permission { ResourcePattern = "tools/[ab]*", ActionPattern = "use" } } },
                DryRun = new(),
            },
            own);

        Assert.Equal([Of(holder)], answer.DryRunResult.Changes.Select(changed => changed.Principal).Distinct());
        Assert.Contains(answer.DryRunResult.Changes, changed => changed.Resource == "tools/a" && changed.Action == "use");
        Assert.NotEqual(holder, other);
    }

    [Fact]
    public async Task DryRun_ManyChanges_TellsAThousandAndThatThereAreMore()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        await platform.ExecuteAsync(
            $"""
            INSERT INTO resources (id, organization_id, resource, owner_kind, owner_id, registered_at)
            SELECT gen_random_uuid(), '{id}', 'servers/s' || i, 1, '{administrator}', now() FROM generate_series(1, 900) i
            """);
        var user = await platform.MemberAsync(id);

        var answer = await platform.As("cli").Roles.AssignRoleAsync(
            new() { OrganizationId = $"{id}", Principal = Of(user), Role = "developer", DryRun = new() }, platform.Auth.SignIn(administrator));

        Assert.Equal((1_000, true), (answer.DryRunResult.Changes.Count, answer.DryRunResult.Truncated));
    }

    [Fact]
    public async Task DryRun_OfWhatIsRefused_IsRefusedAlike()
    {
        var (id, administrator) = await platform.OrganizationAsync();

        var refused = await RefusedAsync(platform.As("cli").Roles.AssignRoleAsync(
            new() { OrganizationId = $"{id}", Principal = Of(administrator), Role = "admin", DryRun = new() }, platform.Auth.SignIn(administrator)));

        Assert.Equal(ErrorReason.GrantExceedsGrantor, refused.Reason);
    }

    [Fact]
    public async Task DryRun_OfDeletingAnOrganization_TellsWhatItsMembersLose()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (viewer, granted) = (await platform.MemberAsync(id, "viewer"), await platform.MemberAsync(id));
        await platform.As("cli").Grants.GrantPermissionAsync(
            new() { OrganizationId = $"{id}", Principal = Of(granted), Permission = new() { ResourcePattern = "wiki/home", ActionPattern = "edit" } }, platform.Administrator);

        var told = (await platform.As("cli").Organizations.DeleteOrganizationAsync(new() { OrganizationId = $"{id}", DryRun = new() }, platform.Administrator)).DryRunResult;

        Assert.All(told.Changes, changed => Assert.True(changed.AllowedBefore && !changed.AllowedAfter));
        Assert.Equal(
            new[] { Of(administrator), Of(viewer), Of(granted) }.Select(one => one.Id).Order(), told.Changes.Select(changed => changed.Principal.Id).Distinct().Order());
        Assert.Contains(told.Changes, changed => (changed.Principal.Id, changed.Resource, changed.Action) == ($"{granted}", "wiki/home", "edit"));
    }

    private async Task<Func<DryRun?, Task<DryRunResult?>>> DrawAsync(Dice dice, Guid id, List<Guid> users)
    {
        var (cli, by, user) = (platform.As("cli"), platform.Administrator, Of(users[1 + dice.Below(users.Count - 1)]));
        var role = dice.Of("viewer", "developer", "api_user", "custom");
        var subtree = dice.Below(2) == 0 ? "" : "servers/a";
        var grants = (await cli.Grants.ListGrantsAsync(new() { OrganizationId = $"{id}" }, by)).Grants;
        switch (dice.Below(7))
        {
            case 0 or 1:
            case 4 when grants.Count == 0:
                return async dry => (await cli.Roles.AssignRoleAsync(new() { OrganizationId = $"{id}", Principal = user, Role = role, Subtree = subtree, DryRun = dry }, by)).DryRunResult;
            case 2:
                await cli.Roles.AssignRoleAsync(new() { OrganizationId = $"{id}", Principal = user, Role = role, Subtree = subtree }, by);
                return async dry => (await cli.Roles.UnassignRoleAsync(new() { OrganizationId = $"{id}", Principal = user, Role = role, Subtree = subtree, DryRun = dry }, by)).DryRunResult;
            case 3:
                var given = DrawPermission(dice);
                return async dry => (await cli.Grants.GrantPermissionAsync(new() { OrganizationId = $"{id}", Principal = user, Permission = given, DryRun = dry }, by)).DryRunResult;
            case 4:
                var grant = grants[dice.Below(grants.Count)].GrantId;
                return async dry => (await cli.Grants.RevokeGrantAsync(new() { OrganizationId = $"{id}", GrantId = grant, DryRun = dry }, by)).DryRunResult;
            case 5:
                var there = (await cli.Roles.GetRoleAsync(new() { OrganizationId = $"{id}", Name = "custom" }, by)).Role;
                var definition = new RoleDefinition { Permissions = { DrawPermission(dice), DrawPermission(dice) } };
                if (dice.Below(2) == 0)
                {
                    definition.Includes.Add("viewer");
                }

                return async dry => (await cli.Roles.UpdateRoleAsync(
                    new() { OrganizationId = $"{id}", Name = "custom", Definition = definition, ExpectedRevision = there.Revision, DryRun = dry }, by)).DryRunResult;
            default:
                await cli.Resources.RegisterResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/a", Owner = Of(users[0]) }, by).ResponseAsync
                    .ContinueWith(_ => { }, TaskScheduler.Default);
                return async dry => (await cli.Resources.TransferResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/a", Owner = user, DryRun = dry }, by)).DryRunResult;
        }
    }

    private static V1.Permission DrawPermission(Dice dice) => new()
    {
        ResourcePattern = dice.Of("*", "servers*", "servers/*", "servers/a", "tools/?", "[st]*"),
        ActionPattern = dice.Of("*", "read", "u*", "delete"),
        Effect = dice.Below(3) == 0 ? V1.Effect.Deny : V1.Effect.Allow,
    };

    private static PermissionQuestion In(Guid organization, PermissionQuestion question)
    {
        question.OrganizationId = organization.ToString();
        return question;
    }

    private async Task<bool[]> DecideAsync(PermissionQuestion[] questions)
    {
        var decisions = platform.As("webshop").Decisions;
        return await Task.WhenAll(questions.Select(async question => (await decisions.CheckPermissionAsync(new() { Question = question })).Allowed));
    }
}
