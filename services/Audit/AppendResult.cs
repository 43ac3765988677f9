namespace McpSecure.Audit;

/// <summary>Says what became of events that were to be added.</summary>
internal abstract record AppendResult
{
    private AppendResult()
    {
    }

    /// <summary>All are in the log now: this many are new, and this many were there.</summary>
    public sealed record Appended(int Added, int Known) : AppendResult;

    /// <summary>Nothing was added: an event with this id is there, or comes twice, with another content.</summary>
    public sealed record Conflict(Guid EventId) : AppendResult;

    /// <summary>Nothing was added: the event at this place names another source than whoever brought it.</summary>
    public sealed record ForeignSource(int Position) : AppendResult;
}
