using McpSecure.Audit.V1;

namespace McpSecure.Audit;

/// <summary>An entry as it is stored. What is read from it is read from its body.</summary>
/// <param name="Sequence">The place, from 1.</param>
/// <param name="RecordedAt">When the log took it, UTC.</param>
/// <param name="Body">The bytes that were hashed.</param>
/// <param name="Leaf">Their leaf hash, as stored.</param>
/// <param name="Link">The link, as stored.</param>
/// <param name="Index">What it is found by, as stored.</param>
internal sealed record StoredEntry(long Sequence, DateTime RecordedAt, byte[] Body, byte[] Leaf, byte[] Link, EntryIndex Index)
{
    /// <summary>Reads the event, once its bytes were seen to be the ones that were hashed.</summary>
    /// <exception cref="InvalidDataException">They are not: somebody changed the entry behind this service's back.</exception>
    public AuditEvent Open() =>
        LogHash.Leaf(Body).AsSpan().SequenceEqual(Leaf) && EventBody.Read(Body) is var auditEvent && EntryIndex.Of(auditEvent) == Index
            ? auditEvent
            : throw new InvalidDataException($"Entry {Sequence} of the log was changed after it was recorded.");
}
