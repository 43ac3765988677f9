using System.Runtime.InteropServices;

namespace McpSecure.ApiKey;

/// <summary>
/// The generic cell rate algorithm, as virtual scheduling (ITU-T I.371 annex A): of each subject one number is kept, the time at which what
/// it has used so far would have arrived, had it come evenly. In whole microseconds: nothing is rounded while counting.
/// <see cref="RateScript"/> is the same in Redis.
/// </summary>
/// <param name="IntervalInMicroseconds">The time for one permit, I.371's increment.</param>
/// <param name="Burst">The most permits at once.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Gcra(long IntervalInMicroseconds, long Burst)
{
    /// <summary>Gets the time in which a subject that used everything gets everything back; I.371's limit is one interval less.</summary>
    public long CapacityInMicroseconds => IntervalInMicroseconds * Burst;

    /// <summary>Corrects a stored time: what lies past has no meaning, and beyond the capacity lies only what a clock or a limit left that was set back.</summary>
    public long Arrival(long? stored, long now) => Math.Clamp(stored ?? now, now, now + CapacityInMicroseconds);

    /// <summary>Tells how long to wait until a cost conforms; 0 or less: it does.</summary>
    public long WaitFor(long arrival, long now, long cost) => arrival + (cost * IntervalInMicroseconds) - CapacityInMicroseconds - now;

    /// <summary>Tells how many permits are left.</summary>
    public long Remaining(long debtInMicroseconds) => Math.Max(0, (CapacityInMicroseconds - debtInMicroseconds) / IntervalInMicroseconds);
}
