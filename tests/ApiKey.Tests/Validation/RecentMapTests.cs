namespace McpSecure.ApiKey.Tests;

public sealed class RecentMapTests
{
    [Fact]
    public void Set_BeyondCapacity_ForgetsWhatWasNotUsed()
    {
        var map = new RecentMap<int, string>(10);
        for (var i = 0; i < 1_000; i++)
        {
            map.Set(i, "value");
            Assert.True(map.TryGet(0, out _));
        }

        Assert.InRange(Enumerable.Range(0, 1_000).Count(i => map.TryGet(i, out _)), 10, 20);
    }

    [Fact]
    public void Set_KeyThatIsThere_Replaces()
    {
        var map = new RecentMap<string, int>(10);
        map.Set("key", 1);
        map.Set("key", 2);

        Assert.True(map.TryGet("key", out var value));
        Assert.Equal(2, value);
    }
}
