namespace McpSecure.Cli.Commands;

/// <summary>Knows how long the log has been away: from when the connection was lost, however long nothing had happened before.</summary>
internal sealed class TailConnection(TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    // A server that opens a stream only to end it, because its database is away, is not back.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(10);

    private long? opened;
    private bool heard;
    private long? lost;

    /// <summary>Begins a try to connect.</summary>
    public void Begin() => (opened, heard) = (null, false);

    /// <summary>Notes that the server follows the log for us.</summary>
    public void Opened() => opened = clock.GetTimestamp();

    /// <summary>Notes that an event came.</summary>
    public void Heard() => heard = true;

    /// <summary>Notes that the connection is gone, or was not made, and tells whether it was away for less than the patience of a minute.</summary>
    public bool MayTryAgain()
    {
        var wasUp = heard || (opened is { } since && clock.GetElapsedTime(since) >= Settled);
        if (wasUp || lost is null)
        {
            lost = clock.GetTimestamp();
        }

        return clock.GetElapsedTime(lost.Value) < Patience;
    }
}
