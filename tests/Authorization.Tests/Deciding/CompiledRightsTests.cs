using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization.Tests;

public sealed class CompiledRightsTests
{
    private const int Models = 4_000;
    private const int QuestionsEach = 25;

    [Fact]
    public void Decide_RandomModels_AgreesWithThePlainRules()
    {
        var decided = new HashSet<DecidedBy>();
        for (var seed = 0; seed < Models; seed++)
        {
            var model = new RandomModel(seed);
            for (var i = 0; i < QuestionsEach; i++)
            {
                var question = model.Question();

                var decision = DecisionRules.Decide(model.RightsIn(question.Organization), question);

                Assert.True(PlainRules.Decide(model, question).Contains(decision.By), $"seed {seed}, question {i}: {question}: {decision.By}");
                decided.Add(decision.By);
            }
        }

        // Else the models would prove little.
        Assert.Equal(Enum.GetValues<DecidedBy>().Order(), decided.Order());
    }

    [Fact]
    public void Explain_RandomModels_AgreesWithDecideAndTellsEveryRuleThatMatches()
    {
        for (var seed = 0; seed < Models; seed++)
        {
            var model = new RandomModel(seed);
            for (var i = 0; i < QuestionsEach; i++)
            {
                var question = model.Question();
                var rights = model.RightsIn(question.Organization);

                var explanation = DecisionRules.Explain(rights, question);

                Assert.Equal(DecisionRules.Decide(rights, question), explanation.Decision);
                var matching = PlainRules.Rules(model, question).Select(rule => rule.Permission)
                    .Where(permission => permission.Matches(question.Resource, question.Action)).Distinct();
                Assert.Equal(matching.Select(Text).Order(StringComparer.Ordinal).Distinct(), explanation.Matched.Select(rule => Text(rule.Permission)).Distinct().Order(StringComparer.Ordinal));
                var listed = rights.Rules().Where(rule => rule.Permission.Matches(question.Resource, question.Action) && IsAtOrBelow(question.Resource, rule.Subtree));
                Assert.Equal(listed.Select(rule => rule.ToString()).Order(StringComparer.Ordinal), explanation.Matched.Select(rule => rule.ToString()).Order(StringComparer.Ordinal));
                Assert.Equal(explanation.Decision.By == DecidedBy.NoRule, explanation.Deciding is null);
                Assert.Equal(explanation.Decision.By == DecidedBy.Deny, explanation.Deciding?.Permission.Effect == Effect.Deny);
            }
        }
    }

    // A role that is reached on two ways is told once, on the shortest.
    [Fact]
    public void Explain_RoleThatIncludesOthers_TellsThroughWhich()
    {
        var roles = new OrganizationRoles(
            RandomModel.Organizations[0],
            [
                new("lead", "", []) { Includes = ["builder", "watcher"] },
                new("builder", "", []) { Includes = ["watcher", "developer"] },
                new("watcher", "", [.. Permission.On("wiki/*").Allow("read")]),
            ],
            default);
        var rights = Held(roles, new HeldRole("lead", roles.Organization));

        var custom = DecisionRules.Explain(rights, Ask("wiki/home", "read"));
        var builtIn = DecisionRules.Explain(rights, Ask("servers", "update"));

        Assert.Equivalent(new Origin.OfRole("lead", ["watcher"]), Assert.Single(custom.Matched).Origin, strict: true);
        Assert.Equivalent(new Origin.OfRole("lead", ["builder", "developer"]), Assert.Single(builtIn.Matched).Origin, strict: true);
    }

    [Fact]
    public void Decide_Subtree_EndsAtASlash()
    {
        var rights = Held(OrganizationRoles.OfPlatform, new HeldRole("admin", Subtree: "servers/weather"));

        Assert.True(May(rights, "servers/weather", "delete"));
        Assert.True(May(rights, "servers/weather/tools/x", "delete"));
        Assert.False(May(rights, "servers/weather2", "delete"));
        Assert.False(May(rights, "servers", "delete"));
        Assert.False(May(rights, "tools/servers/weather", "delete"));
    }

    [Fact]
    public void Decide_Deny_BeatsTheAdministratorAndTheOwner()
    {
        var rights = Of(new(
            [new("admin")],
            [new(Guid.Empty, null, Permission.On("servers/*").Allow("delete").Single() with { Effect = Effect.Deny })],
            [new(null, "servers/own")],
            default));

        Assert.Equal(DecidedBy.Deny, DecisionRules.Decide(rights, new Question("servers/own", "delete", [])).By);
        Assert.Equal(DecidedBy.Role, DecisionRules.Decide(rights, new Question("servers/own", "read", [])).By);
    }

    [Fact]
    public void Decide_SecondFactor_IsDemandedAndTold()
    {
        var rights = Of(new([], [new(Guid.Empty, null, Permission.On("vault").Allow("open").Single() with { SecondFactor = true })], [], default));

        Assert.Equal(DecidedBy.SecondFactor, DecisionRules.Decide(rights, new Question("vault", "open", [])).By);
        Assert.Equal(DecidedBy.Grant, DecisionRules.Decide(rights, new Question("vault", "open", []) { SecondFactor = true }).By);
    }

    [Fact]
    public void Attack_WildcardConfusion_OneWildcardOpensNothingAlone()
    {
        var rights = Of(new([], [Grant("scenarios", "*"), Grant("*/public", "read"), Grant("*", "list")], [], default));

        Assert.True(May(rights, "scenarios", "delete"));
        Assert.True(May(rights, "servers", "list"));
        Assert.True(May(rights, "wiki/public", "read"));
        Assert.False(May(rights, "servers", "delete"));
        Assert.False(May(rights, "scenarios/one", "delete"));
        Assert.False(May(rights, "wiki/public", "delete"));
        Assert.False(May(rights, "public", "read"));
        Assert.False(May(rights, "wiki/publicity", "read"));
    }

    // Whatever narrows only ever narrows: by scopes, by a key's permissions, by both.
    [Fact]
    public void Attack_ScopeWidening_WhatIsAllowedNarrowedIsAllowedWithout()
    {
        for (var seed = 0; seed < Models; seed++)
        {
            var model = new RandomModel(seed);
            var question = model.Question();
            var rights = model.RightsIn(question.Organization);

            Assert.True(
                !DecisionRules.Decide(rights, question).Allowed || DecisionRules.Decide(rights, question with { Scopes = [], NarrowedTo = [] }).Allowed,
                $"seed {seed}");
        }
    }

    [Fact]
    public void Attack_IdorAcrossOrganizations_WhatIsHeldInOneOpensNothingElsewhere()
    {
        var (own, other) = (RandomModel.Organizations[0], RandomModel.Organizations[1]);
        var held = PrincipalRights.Compile(
            new(
                [new("admin", own), new("boss", own)],
                [new(Guid.Empty, own, Permission.On("*").Allow("*").Single())],
                [new(own, "servers")],
                default),
            RandomModel.Now);
        var roles = new OrganizationRoles(other, [new("boss", "", [.. Permission.On("*").Allow("*")])], default);

        Assert.Equal(DecidedBy.NoRule, DecisionRules.Decide(new(held, roles), new Question("servers", "read", []) { Organization = other }).By);
        Assert.Equal(DecidedBy.NoRule, DecisionRules.Decide(new(held, OrganizationRoles.OfPlatform), new Question("servers", "read", [])).By);
    }

    // A built-in role that this version does not know any more, or not yet: an organization must not say what it means.
    [Fact]
    public void Attack_RoleOfAPlatform_MeantAnewByAnOrganization_AllowsNothing()
    {
        var roles = new OrganizationRoles(RandomModel.Organizations[0], [new("auditor", "", [.. Permission.On("*").Allow("*")])], default);

        Assert.Equal(DecidedBy.NoRule, DecisionRules.Decide(Held(roles, new HeldRole("auditor")), Ask("servers", "read")).By);
        Assert.Empty(Held(roles, new HeldRole("auditor")).Rules());
        Assert.Equal(DecidedBy.Role, DecisionRules.Decide(Held(roles, new HeldRole("auditor", roles.Organization)), Ask("servers", "read")).By);
    }

    // Organizations name no role as a built-in one: where both are there, the built-in one came with a later version.
    [Fact]
    public void Decide_RoleOlderThanABuiltInOneOfItsName_MeansWhatItMeant()
    {
        var roles = new OrganizationRoles(
            RandomModel.Organizations[0],
            [
                new("developer", "", [.. Permission.On("wiki").Allow("read")]),
                new("outer", "", []) { Includes = ["developer"] },
            ],
            default);

        foreach (var name in (string[])["developer", "outer"])
        {
            var rights = Held(roles, new HeldRole(name, roles.Organization));
            Assert.Equal(DecidedBy.Role, DecisionRules.Decide(rights, Ask("wiki", "read")).By);
            Assert.Equal(DecidedBy.NoRule, DecisionRules.Decide(rights, Ask("servers", "read")).By);
        }

        Assert.Equal(DecidedBy.Role, DecisionRules.Decide(Held(roles, new HeldRole("developer")), Ask("servers", "read")).By);
    }

    [Fact]
    public void Decide_RightsOfAnotherOrganization_AreRefusedRatherThanUsed() =>
        Assert.Throws<InvalidOperationException>(() =>
            DecisionRules.Decide(Rights.Of("admin"), new Question("servers", "read", []) { Organization = RandomModel.Organizations[0] }));

    // What was loaded is used until its first expiry and not at it.
    [Fact]
    public void Compile_NextExpiry_IsTheFirstThatIsStillToCome()
    {
        var holdings = new Holdings(
            [new("viewer", ExpiresAt: RandomModel.Now), new("developer", ExpiresAt: RandomModel.Now.AddHours(2))],
            [Grant("a", "b") with { ExpiresAt = RandomModel.Now.AddHours(1) }],
            [],
            default);

        var compiled = PrincipalRights.Compile(holdings, RandomModel.Now);

        Assert.Equal(RandomModel.Now.AddHours(1), compiled.NextExpiry);
        Assert.Equal(["developer"], new Rights(compiled, OrganizationRoles.OfPlatform).RoleNames);
    }

    [Fact]
    public void Decide_Warm_AllocatesNothing()
    {
        var rights = Of(new([new("developer"), new("viewer", Subtree: "a/b")], [.. Enumerable.Range(0, 1_000).Select(i => Grant($"servers/{i}/*", "read"))], [new(null, "x/y")], default));
        Question[] questions = [Narrowed("servers/500/x"), Narrowed("a/b/c"), Narrowed("x/y/z"), Narrowed("nothing/at/all")];
        Run();

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run()
        {
            foreach (ref readonly var question in questions.AsSpan())
            {
                DecisionRules.Decide(rights, question);
            }
        }
    }

    private static HeldGrant Grant(string resource, string action) => new(Guid.Empty, null, new(new FnmatchPattern(resource), new FnmatchPattern(action)));

    private static Question Ask(string resource, string action) => new(resource, action, []) { Organization = RandomModel.Organizations[0] };

    private static Question Narrowed(string resource) => new(resource, "read", ["mcp:read"]);

    private static bool May(Rights rights, string resource, string action) => DecisionRules.Decide(rights, new Question(resource, action, [])).Allowed;

    private static Rights Held(OrganizationRoles roles, params HeldRole[] held) => new(PrincipalRights.Compile(new(held, [], [], default), RandomModel.Now), roles);

    private static Rights Of(Holdings holdings) => new(PrincipalRights.Compile(holdings, RandomModel.Now), OrganizationRoles.OfPlatform);

    private static bool IsAtOrBelow(string resource, string? above) =>
        above is null || resource == above || resource.StartsWith(above + "/", StringComparison.Ordinal);

    private static string Text(Permission permission) => $"{permission.Resource} {permission.Action} {permission.Effect} {permission.SecondFactor}";
}
