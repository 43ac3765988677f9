using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using McpSecure.Audit.V1;

namespace McpSecure.Audit;

/// <summary>Writes entries as messages.</summary>
internal static class EntryMessages
{
    /// <summary>Writes an entry as a reader sees it, the event read from the bytes that are proven.</summary>
    /// <exception cref="InvalidDataException">The entry was changed after it was recorded.</exception>
    public static RecordedEvent ToRecordedEvent(this StoredEntry entry) => new()
    {
        Sequence = entry.Sequence,
        RecordedAt = entry.RecordedAt.ToTimestamp(),
        Event = entry.Open(),
    };

    /// <summary>Writes an entry with what proves it, exactly as stored.</summary>
    public static LogEntry ToLogEntry(this StoredEntry entry) => new()
    {
        Sequence = entry.Sequence,
        RecordedAt = entry.RecordedAt.ToTimestamp(),
        Body = UnsafeByteOperations.UnsafeWrap(entry.Body),
        LeafHash = UnsafeByteOperations.UnsafeWrap(entry.Leaf),
        Link = UnsafeByteOperations.UnsafeWrap(entry.Link),
    };
}
