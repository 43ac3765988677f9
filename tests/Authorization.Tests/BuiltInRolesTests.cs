namespace McpSecure.Authorization.Tests;

public sealed class BuiltInRolesTests
{
    [Theory]
    [InlineData("admin", "servers", "delete", true)]
    [InlineData("admin", "keyrings/service-tokens", "rotate", true)]
    [InlineData("developer", "servers", "read", true)]
    [InlineData("developer", "servers/weather", "update", true)]
    [InlineData("developer", "tools/search", "use", true)]
    [InlineData("developer", "servers", "delete", false)]
    [InlineData("developer", "servers/weather", "delete", false)]
    [InlineData("developer", "tools/search", "delete", false)]
    [InlineData("developer", "keyrings/service-tokens", "decrypt", true)]
    [InlineData("developer", "keyrings/service-tokens", "rotate", false)]
    [InlineData("developer", "keyrings/mfa-secrets", "decrypt", false)]
    [InlineData("developer", "api-keys", "create", true)]
    [InlineData("developer", "api-keys/0190b5a1-0000-7000-8000-000000000000", "delete", false)]
    [InlineData("developer", "roles", "read", true)]
    [InlineData("developer", "role-assignments", "create", false)]
    [InlineData("viewer", "servers", "read", true)]
    [InlineData("viewer", "servers", "update", false)]
    [InlineData("viewer", "api-keys", "create", false)]
    [InlineData("api_user", "scenarios/storm", "switch", true)]
    [InlineData("api_user", "scenarios/storm", "delete", false)]
    [InlineData("organization_admin", "role-assignments", "create", true)]
    [InlineData("organization_admin", "api-keys/0190b5a1-0000-7000-8000-000000000000", "update", true)]
    [InlineData("organization_admin", "api-keys/0190b5a1-0000-7000-8000-000000000000", "delete", true)]
    [InlineData("organization_admin", "api-key-owners/0190b5a1-0000-7000-8000-000000000000", "create", false)]
    [InlineData("organization_admin", "audit-events", "read", false)]
    [InlineData("organization_admin", "keyrings/service-tokens", "rotate", false)]
    public void Role_Action_IsAllowedOrNot(string role, string resource, string action, bool allowed) =>
        Assert.Equal(allowed, DecisionRules.Decide(Rights.Of(role), new Question(resource, action, [])).Allowed);

    // The reference code of the field lets ("scenarios", "*") match whatever is asked.
    [Fact]
    public void Attack_WildcardConfusion_ScenariosStarDoesNotOpenServers()
    {
        var scenarios = Permission.On("scenarios").Allow("*").Single();
        var reads = Permission.On("*").Allow("read").Single();

        Assert.True(scenarios.Matches("scenarios", "delete"));
        Assert.False(scenarios.Matches("servers", "delete"));
        Assert.False(scenarios.Matches("servers", "*"));
        Assert.True(reads.Matches("servers", "read"));
        Assert.False(reads.Matches("servers", "delete"));
    }

    // ... and counts /admin/api/v1/serversX as servers.
    [Theory]
    [InlineData("serversX")]
    [InlineData("Servers")]
    [InlineData("server")]
    [InlineData("my/servers/weather")]
    public void Attack_LookAlikeResource_IsNotServers(string resource) =>
        Assert.False(DecisionRules.Decide(Rights.Of("developer"), new Question(resource, "read", [])).Allowed);

    [Fact]
    public void Table_OnlyAdminHoldsAnythingOnEverything() =>
        Assert.Equal(
            [BuiltInRoles.Administrator],
            from role in BuiltInRoles.All
            where role.Permissions.Any(permission => permission.Resource.Text.StartsWith('*') || permission.Resource.Matches("anything"))
            select role.Name);

    [Fact]
    public void Table_IsInTheOrderOfItsNames() =>
        Assert.Equal(BuiltInRoles.All.Select(role => role.Name).Order(StringComparer.Ordinal), BuiltInRoles.All.Select(role => role.Name));

    [Fact]
    public void Rights_RoleOfANewerVersion_AllowsNothing()
    {
        var rights = Rights.Of("conjurer", "viewer");

        Assert.Equal(["conjurer", "viewer"], rights.RoleNames);
        Assert.All(rights.Rules(), rule => Assert.Equal("viewer", Assert.IsType<Origin.OfRole>(rule.Origin).Role));
    }
}
