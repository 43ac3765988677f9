using Microsoft.Extensions.Options;

namespace McpSecure.Auth.Tests;

public sealed class ProgressiveDelayTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(4, 0)]
    [InlineData(5, 1)]
    [InlineData(6, 2)]
    [InlineData(7, 4)]
    [InlineData(14, 512)]
    [InlineData(15, 900)]
    [InlineData(16, 900)]
    [InlineData(1_000_000, 900)]
    public void After_SoManyFailures_IsTwiceTheDelayBeforeUpToTheLongest(int failures, int seconds)
    {
        var delay = new ProgressiveDelay(Options.Create(new SignInOptions()));

        Assert.Equal(TimeSpan.FromSeconds(seconds), delay.After(failures));
    }

    [Fact]
    public void After_TheFirstFailureWithNoneFree_IsTheFirstDelay()
    {
        var delay = new ProgressiveDelay(Options.Create(new SignInOptions { FreeFailures = 0, FirstDelay = TimeSpan.FromSeconds(3) }));

        Assert.Equal(TimeSpan.FromSeconds(3), delay.After(1));
    }
}
