namespace McpSecure.Testing;

/// <summary>Goes as the machine's clock does, so that hosts live, and jumps ahead when a test says so.</summary>
public sealed class ShiftedClock : TimeProvider
{
    private long shift;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref shift));

    /// <inheritdoc/>
    public override long GetTimestamp() => System.GetElapsedTime(0).Ticks + Interlocked.Read(ref shift);

    /// <summary>Jumps ahead. Timers that wait do not notice.</summary>
    public void Advance(TimeSpan by) => Interlocked.Add(ref shift, by.Ticks);
}
