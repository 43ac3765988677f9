using System.Runtime.InteropServices;

namespace McpSecure.ApiKey;

/// <summary>What is remembered of an address that presented invalid keys: times in microseconds.</summary>
/// <param name="Arrival">The time of <see cref="Gcra"/>, of which every failure takes one permit.</param>
/// <param name="Level">How often it had to wait.</param>
/// <param name="Until">How long it has to wait.</param>
/// <param name="ForgottenAt">When all of it is forgotten.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FailureRecord(long Arrival, int Level, long Until, long ForgottenAt)
{
    // More would overflow, and the longest wait is reached long before.
    private const int HighestLevel = 30;

    /// <summary>Counts one more failure. Who waits already does not wait longer for it. <see cref="FailureScript"/> is the same in Redis.</summary>
    public FailureRecord Failed(in FailureRules rules, long now)
    {
        if (now >= ForgottenAt)
        {
            return new FailureRecord(now, 0, 0, long.MaxValue).Failed(rules, now);
        }

        if (Until > now)
        {
            return this;
        }

        var arrival = rules.Gcra.Arrival(Arrival, now);
        if (rules.Gcra.WaitFor(arrival, now, cost: 1) <= 0)
        {
            return this with { Arrival = arrival + rules.Gcra.IntervalInMicroseconds, ForgottenAt = now + rules.Forget };
        }

        var level = Math.Min(Level + 1, HighestLevel);
        var wait = Math.Min(rules.FirstWait << (level - 1), rules.LongestWait);
        return new FailureRecord(now, level, now + wait, now + wait + rules.Forget);
    }
}

/// <summary>When an address has to wait: times in microseconds.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FailureRules(Gcra Gcra, long FirstWait, long LongestWait, long Forget)
{
    /// <summary>Reads the settings.</summary>
    public static FailureRules From(LockoutOptions options) => new(
        new Gcra((long)Math.Ceiling(options.Window.TotalMicroseconds / options.Failures), options.Failures),
        (long)options.FirstWait.TotalMicroseconds,
        (long)options.LongestWait.TotalMicroseconds,
        (long)options.ForgetAfter.TotalMicroseconds);
}
