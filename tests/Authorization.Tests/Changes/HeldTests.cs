namespace McpSecure.Authorization.Tests;

public sealed class HeldTests
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
    public void Covers_Role_OnlyWhereAllOfItIsHeld(string held, string wanted, bool expected) => Assert.Equal(expected, Holds(held, wanted));

    [Fact]
    public void Covers_NobodysRights_CoverNoRole() => Assert.All(BuiltInRoles.All, role => Assert.False(Grantor().HoldsAll(role)));

    // An administrator's token that is narrowed to user management must not make more administrators.
    [Fact]
    public void Attack_ScopeWidening_NarrowedAdministratorHoldsNoWholeRole() =>
        Assert.All(BuiltInRoles.All, role => Assert.False(Grantor(["org:admin", "org:read"], "admin").HoldsAll(role)));

    [Fact]
    public void Holds_ScopesThatCoverTheRole_Holds() => Assert.True(Grantor(["mcp:read"], "admin").HoldsAll(BuiltInRoles.Find("viewer")!));

    private static bool Holds(string held, string wanted) => Grantor([], held).HoldsAll(BuiltInRoles.Find(wanted)!);

    private static GrantorUnderTest Grantor(string[]? scopes = null, params string[] roles) =>
        new(new Grantor(new Authority(Principal.User(Guid.Empty), scopes ?? [], SecondFactor: true), Rights.Of(roles), elsewhere: []));

    private sealed record GrantorUnderTest(Grantor Grantor)
    {
        public bool HoldsAll(Role role) => role.Permissions.All(permission => Grantor.HoldsEverywhere(new Region(permission), until: null));
    }
}
