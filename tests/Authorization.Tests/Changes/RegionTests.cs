using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization.Tests;

public sealed class RegionTests
{
    private static readonly string[] Resources = ["s", "s/a", "s/a/b", "s/ab", "s/b", "t", "t/a", "sa"];
    private static readonly string[] Patterns = ["*", "s", "s/*", "s*", "s/a", "s/a/*", "*/a", "?", "[st]/a", "s/a*", "t*"];
    private static readonly string?[] Subtrees = [null, "s", "s/a", "t", "s/ab"];

    [Theory]
    [InlineData("servers/*", null, "servers/weather", null, true)]
    [InlineData("servers/*", null, "*", "servers/weather", true)]
    [InlineData("servers/*", null, "*", "servers", false)]
    [InlineData("*", "servers/weather", "servers/weather/*", null, true)]
    [InlineData("*", "servers/weather", "servers/weather*", null, false)]
    [InlineData("*", "servers/weather", "*", "servers/weather/tools", true)]
    [InlineData("*", "servers/weather", "*", "servers/weathers", false)]
    [InlineData("*", "servers/weather", "*", null, false)]
    [InlineData("servers", null, "servers/weather", null, false)]
    public void Covers_KnownPair_Answers(string wide, string? wideTop, string narrow, string? narrowTop, bool expected) =>
        Assert.Equal(expected, Of(wide, wideTop).Covers(Of(narrow, narrowTop)));

    // Against every question there is, in a small world.
    [Fact]
    public void CoversAndOverlaps_EveryPairOfASmallWorld_AreNeverWrong()
    {
        var regions = (from pattern in Patterns from subtree in Subtrees select (Region: Of(pattern, subtree), pattern, subtree)).ToArray();
        var (covered, apart) = (0, 0);
        foreach (var (one, _, _) in regions)
        {
            foreach (var (other, pattern, subtree) in regions)
            {
                var ours = Resources.Where(resource => Has(one, resource)).ToArray();
                var theirs = Resources.Where(resource => Has(other, resource)).ToArray();
                if (one.Covers(other))
                {
                    covered++;
                    Assert.Empty(theirs.Except(ours, StringComparer.Ordinal));
                }

                if (!one.Overlaps(other))
                {
                    apart++;
                    Assert.Empty(ours.Intersect(theirs, StringComparer.Ordinal));
                }

                Assert.Equal(one.Overlaps(other), other.Overlaps(one));
                Assert.True(Of(pattern, subtree).Covers(other), $"{pattern} at {subtree} covers itself");
            }
        }

        Assert.InRange(covered, 2 * regions.Length, int.MaxValue);
        Assert.InRange(apart, regions.Length, int.MaxValue);
    }

    private static bool Has(Region region, string resource) =>
        region.Permission.Resource.Matches(resource)
        && (region.Subtree is null || resource == region.Subtree || resource.StartsWith($"{region.Subtree}/", StringComparison.Ordinal));

    private static Region Of(string pattern, string? subtree) => new(new Permission(new FnmatchPattern(pattern), new FnmatchPattern("read")), subtree);
}
