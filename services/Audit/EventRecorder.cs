using McpSecure.Audit.V1;

namespace McpSecure.Audit;

/// <summary>Takes events into the log for the workload that tells of them, and for no other.</summary>
internal sealed class EventRecorder(LogStore store)
{
    /// <summary>Adds events, all or none, in order; what is in the log already is not added again.</summary>
    /// <param name="workload">The workload that brings them, as its certificate proves it.</param>
    /// <param name="events">The events; each must name this workload as its source.</param>
    /// <param name="cancellationToken">Gives up waiting for the end of the log to be free.</param>
    public async Task<AppendResult> RecordAsync(string workload, IReadOnlyList<AuditEvent> events, CancellationToken cancellationToken)
    {
        for (var i = 0; i < events.Count; i++)
        {
            if (!string.Equals(events[i].Source, workload, StringComparison.Ordinal))
            {
                return new AppendResult.ForeignSource(i);
            }
        }

        // All hashing of bodies happens before the log is locked.
        var entries = new List<NewEntry>(events.Count);
        var leaves = new Dictionary<Guid, byte[]>(events.Count);
        foreach (var entry in events.Select(NewEntry.Of))
        {
            if (leaves.TryAdd(entry.Index.EventId, entry.Leaf))
            {
                entries.Add(entry);
            }
            else if (!entry.Leaf.AsSpan().SequenceEqual(leaves[entry.Index.EventId]))
            {
                return new AppendResult.Conflict(entry.Index.EventId);
            }
        }

        return await store.AppendAsync(entries, cancellationToken) switch
        {
            AppendResult.Appended(var added, var known) => new AppendResult.Appended(added, known + events.Count - entries.Count),
            var refused => refused,
        };
    }
}
