using McpSecure.Testing;

namespace McpSecure.ServiceDefaults.Tests;

public sealed class FakeClockTests
{
    private readonly FakeClock clock = new();

    [Fact]
    public async Task Delay_IsOverExactlyAtItsTime()
    {
        var delay = Task.Delay(TimeSpan.FromSeconds(5), clock);

        clock.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        Assert.False(delay.IsCompleted);

        clock.Advance(TimeSpan.FromTicks(1));
        await delay.WaitAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Advance_RunsPeriodicTimersAtEachOfTheirTimes()
    {
        var start = clock.GetUtcNow();
        var seen = new List<TimeSpan>();
        using var timer = clock.CreateTimer(_ => seen.Add(clock.GetUtcNow() - start), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        clock.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5)], seen);
        Assert.Equal(start + TimeSpan.FromSeconds(6), clock.GetUtcNow());
    }

    [Fact]
    public void DisposedTimer_DoesNotRun()
    {
        var runs = 0;
        var timer = clock.CreateTimer(_ => runs++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        clock.Advance(TimeSpan.FromSeconds(1));

        timer.Dispose();
        clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(1, runs);
    }

    [Fact]
    public void StepWallClock_MovesNoTimer()
    {
        var runs = 0;
        using var timer = clock.CreateTimer(_ => runs++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        var timestamp = clock.GetTimestamp();

        clock.StepWallClock(TimeSpan.FromHours(1));

        Assert.Equal(0, runs);
        Assert.Equal(timestamp, clock.GetTimestamp());
    }
}
