namespace McpSecure.Auth.Tests;

public sealed class CallersTests
{
    [Fact]
    public void Policy_OfEveryRpc_ListsItsCallers()
    {
        Assert.Empty(Callers.Policy.Unlisted);
    }
}
