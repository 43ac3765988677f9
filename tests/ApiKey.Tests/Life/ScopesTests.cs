namespace McpSecure.ApiKey.Tests;

public sealed class ScopesTests
{
    [Fact]
    public void All_AreTheNineOfTheContract() =>
        Assert.Equal(
            ["mcp:admin", "mcp:read", "mcp:write", "org:admin", "org:read", "org:write", "user:read", "user:token", "user:write"],
            Scopes.All.Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("mcp:all")]
    [InlineData("MCP:READ")]
    [InlineData("mcp:read ")]
    [InlineData("*")]
    public void FirstUnknown_OtherName_IsFound(string name) => Assert.Equal(name, Scopes.FirstUnknown(["mcp:read", name]));
}
