namespace McpSecure.Authorization.Tests;

public sealed class DecisionRulesTests
{
    private static readonly string[] Resources =
        ["servers", "servers/weather", "scenarios", "tools/x", "logs", "keyrings/service-tokens", "keyrings/mfa-secrets", "api-keys", "users", "roles", "role-assignments", "audit-events"];

    private static readonly string[] Actions = ["create", "read", "update", "delete", "use", "switch", "encrypt", "rotate"];

    private static readonly IReadOnlyList<string>[] RoleSets =
        [[], .. BuiltInRoles.All.Select(role => new[] { role.Name }), ["developer", "viewer"], ["api_user", "organization_admin"]];

    private static readonly IReadOnlyList<string>[] ScopeSets =
        [[], .. Scopes.Meaning.Keys.Select(scope => new[] { scope }), ["mcp:read", "mcp:write"], [.. Scopes.Meaning.Keys]];

    [Fact]
    public void Explain_EveryQuestion_AgreesWithDecide() =>
        Assert.All(Questions(), asked =>
            Assert.Equal(DecisionRules.Decide(asked.Rights, asked.Question), DecisionRules.Explain(asked.Rights, asked.Question).Decision));

    [Fact]
    public void Explain_Allowed_NamesARuleThatMatchesAndAScopeThatCovers() =>
        Assert.All(
            Questions().Select(asked => (asked.Question, Explanation: DecisionRules.Explain(asked.Rights, asked.Question))).Where(asked => asked.Explanation.Decision.Allowed),
            asked =>
            {
                Assert.All(asked.Explanation.Matched, held => Assert.True(held.Permission.Matches(asked.Question.Resource, asked.Question.Action)));
                Assert.NotEmpty(asked.Explanation.Matched);
                Assert.Equal(asked.Question.Scopes.Count > 0, asked.Explanation.CoveringScopes.Count > 0);
            });

    // Whatever is allowed with scopes is allowed without: no scope ever gives.
    [Fact]
    public void Attack_ScopeWidening_AScopeNeverAllowsWhatNoRoleAllows() =>
        Assert.All(
            Questions().Where(asked => DecisionRules.Decide(asked.Rights, asked.Question).Allowed),
            asked => Assert.True(DecisionRules.Decide(asked.Rights, asked.Question with { Scopes = [] }).Allowed));

    [Fact]
    public void Decide_NoRole_DeniesByNoRule() =>
        Assert.All(Questions().Where(asked => asked.Rights.RoleNames.Count == 0), asked =>
            Assert.Equal(DecidedBy.NoRule, DecisionRules.Decide(asked.Rights, asked.Question).By));

    [Fact]
    public void Decide_HeldButNotCovered_DeniesByScope()
    {
        var decision = DecisionRules.Decide(Rights.Of("admin"), new Question("servers", "delete", ["mcp:read", "user:read"]));

        Assert.Equal(DecidedBy.Scope, decision.By);
        Assert.False(decision.Allowed);
    }

    [Fact]
    public void Explain_SeveralRules_TellsAllInOrder()
    {
        var explanation = DecisionRules.Explain(Rights.Of("developer", "viewer"), new Question("servers", "read", ["mcp:write", "mcp:read"]));

        Assert.Equal(["developer", "viewer"], explanation.Matched.Select(rule => Assert.IsType<Origin.OfRole>(rule.Origin).Role));
        Assert.Equal(["mcp:read"], explanation.CoveringScopes);
    }

    private static IEnumerable<(Rights Rights, Question Question)> Questions() =>
        from roles in RoleSets
        let rights = Rights.Of(roles)
        from scopes in ScopeSets
        from resource in Resources
        from action in Actions
        select (rights, new Question(resource, action, scopes));
}
