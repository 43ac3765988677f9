namespace McpSecure.Authorization.Tests;

public sealed class ScopesTests
{
    [Fact]
    public void Meaning_HoldsTheNineScopes() =>
        Assert.Equal(
            ["mcp:admin", "mcp:read", "mcp:write", "org:admin", "org:read", "org:write", "user:read", "user:token", "user:write"],
            Scopes.Meaning.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("mcp:read", "servers", "read", true)]
    [InlineData("mcp:read", "servers/weather", "use", true)]
    [InlineData("mcp:read", "servers", "update", false)]
    [InlineData("mcp:write", "servers/weather", "delete", true)]
    [InlineData("mcp:write", "servers", "read", false)]
    [InlineData("mcp:write", "keyrings/service-tokens", "encrypt", true)]
    [InlineData("mcp:write", "keyrings/service-tokens", "rotate", false)]
    [InlineData("mcp:admin", "keyrings/service-tokens", "rotate", true)]
    [InlineData("user:read", "users", "read", true)]
    [InlineData("user:write", "users/me", "update", true)]
    [InlineData("user:token", "api-keys", "create", true)]
    [InlineData("user:token", "users", "create", false)]
    [InlineData("org:read", "roles", "read", true)]
    [InlineData("org:write", "organizations/acme", "update", true)]
    [InlineData("org:admin", "role-assignments", "create", true)]
    [InlineData("org:admin", "audit-events", "read", true)]
    [InlineData("org:admin", "servers", "delete", false)]
    [InlineData("mcp:all", "servers", "read", false)]
    public void Scope_Action_IsLetThroughOrNot(string scope, string resource, string action, bool through) =>
        Assert.Equal(through, Scopes.LetsThrough(scope, resource, action));

    [Fact]
    public void NoScope_OpensEverything() =>
        Assert.All(Scopes.Meaning.Keys, scope => Assert.False(Scopes.LetsThrough(scope, "anything", "read")));
}
