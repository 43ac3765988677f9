using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization.Tests;

public sealed class RoleInclusionTests
{
    [Theory]
    [InlineData("a:a", "a > a")]
    [InlineData("a:b b:a", "a > b > a")]
    [InlineData("a:b,viewer b:c c:viewer,a", "a > b > c > a")]
    public void Check_Circle_IsRefusedAndNamed(string roles, string cycle)
    {
        var refused = Assert.Throws<Refusal>(() => Check(roles));

        Assert.Equal(ErrorReason.RoleCycle, refused.Reason);
        Assert.Equal(cycle, McpSecure.Client.McpSecureError.From(refused).Metadata["cycle"]);
    }

    [Fact]
    public void Check_EightWithinOneAnother_AreTaken() => Check("a:b b:c c:d d:e e:f f:g g:h h:");

    [Theory]
    [InlineData("a:b b:c c:d d:e e:f f:g g:h h:i i:")]
    [InlineData("a:b b:c c:d d:e e:f f:g g:h h:viewer")]
    [InlineData("x:a a:b b:c c:d d:e e:f f:g g:h h:")]
    public void Check_NineWithinOneAnother_AreRefused(string roles) =>
        Assert.Equal(ErrorReason.RoleTooDeep, Assert.Throws<Refusal>(() => Check(roles, changed: "a")).Reason);

    [Fact]
    public void Check_Unknown_IsRefused() => Assert.Equal(ErrorReason.RoleNotFound, Assert.Throws<Refusal>(() => Check("a:nobody")).Reason);

    // Two ways through each of many roles: as many ways as there are numbers of 64 bits.
    [Fact]
    public void Attack_ManyWays_AreGoneThroughOnce() =>
        Check(string.Join(' ', Enumerable.Range(0, 7).Select(i => $"l{i}:l{i + 1},r{i + 1} r{i}:l{i + 1},r{i + 1}")) + " l7: r7:", changed: "l0");

    private static void Check(string roles, string changed = "a")
    {
        var all = roles.Split(' ')
            .Select(role => role.Split(':'))
            .Select(parts => new Role(parts[0], "", []) { Includes = parts[1].Split(',', StringSplitOptions.RemoveEmptyEntries) })
            .ToDictionary(role => role.Name, StringComparer.Ordinal);
        RoleInclusion.Check(all, all[changed]);
    }
}
