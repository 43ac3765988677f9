using McpSecure.Testing;

namespace McpSecure.Authorization.Tests;

public sealed class ForwardClockTests
{
    private readonly FakeClock machine = new();

    [Fact]
    public void Attack_ClockJumps_WhatHasExpiredStaysExpired()
    {
        var clock = new ForwardClock(machine);
        var expiresAt = clock.GetUtcNow().AddMinutes(1);
        machine.Advance(TimeSpan.FromMinutes(2));
        Assert.True(expiresAt <= clock.GetUtcNow());

        machine.StepWallClock(TimeSpan.FromHours(-1));

        Assert.True(expiresAt <= clock.GetUtcNow());
    }

    [Fact]
    public void GetUtcNow_MachineHasCaughtUp_RunsOn()
    {
        var clock = new ForwardClock(machine);
        machine.StepWallClock(TimeSpan.FromMinutes(1));
        var ahead = clock.GetUtcNow();

        machine.StepWallClock(TimeSpan.FromMinutes(-1));
        machine.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(ahead, clock.GetUtcNow());
        machine.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(ahead.AddSeconds(1), clock.GetUtcNow());
    }

    [Fact]
    public void GetTimestamp_WallClockIsSet_DoesNotMove()
    {
        var clock = new ForwardClock(machine);
        var before = clock.GetTimestamp();

        machine.StepWallClock(TimeSpan.FromHours(1));

        Assert.Equal(before, clock.GetTimestamp());
    }
}
