namespace McpSecure.Authorization.Tests;

public sealed class RightsTests
{
    [Theory]
    [InlineData("admin", "admin", true)]
    [InlineData("admin", "organization_admin", true)]
    [InlineData("organization_admin", "developer", true)]
    [InlineData("organization_admin", "viewer", true)]
    [InlineData("organization_admin", "api_user", true)]
    [InlineData("organization_admin", "organization_admin", true)]
    [InlineData("organization_admin", "admin", false)]
    [InlineData("developer", "viewer", true)]
    [InlineData("developer", "organization_admin", false)]
    [InlineData("viewer", "developer", false)]
    [InlineData("viewer", "api_user", false)]
    public void Include_Role_OnlyWhereAllOfItIsHeld(string held, string wanted, bool expected) =>
        Assert.Equal(expected, Rights.Of(held).Include(BuiltInRoles.Find(wanted)!, []));

    [Fact]
    public void Include_NobodysRights_IncludeNoRole() =>
        Assert.All(BuiltInRoles.All, role => Assert.False(Rights.Of().Include(role, [])));

    // An administrator's token that is narrowed to user management must not make more administrators.
    [Fact]
    public void Attack_ScopeWidening_NarrowedAdministratorHoldsNoWholeRole() =>
        Assert.All(BuiltInRoles.All, role => Assert.False(Rights.Of("admin").Include(role, ["org:admin", "org:read"])));

    [Fact]
    public void Include_ScopesThatCoverTheRole_Includes() =>
        Assert.True(Rights.Of("admin").Include(BuiltInRoles.Find("viewer")!, ["mcp:read"]));
}
