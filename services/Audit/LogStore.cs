using System.Data;
using McpSecure.ServiceDefaults;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.Audit;

/// <summary>
/// Adds entries to the log. One transaction per call holds the lock of the head row from reading it to commit: so places have no gaps, each
/// entry is linked to the one before, and whoever sees an entry sees every entry before it.
/// </summary>
internal sealed class LogStore(ServiceDatabase database, TimeProvider clock)
{
    /// <summary>Adds entries with unlike ids, all or none, in order; what is in the log already is not added again.</summary>
    public async Task<AppendResult> AppendAsync(IReadOnlyList<NewEntry> entries, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
        var (head, known) = await LockHeadAsync(connection, transaction, entries, cancellationToken);

        var added = new List<NewEntry>(entries.Count);
        foreach (var entry in entries)
        {
            if (!known.TryGetValue(entry.Index.EventId, out var leaf))
            {
                added.Add(entry);
            }
            else if (!leaf.AsSpan().SequenceEqual(entry.Leaf))
            {
                return new AppendResult.Conflict(entry.Index.EventId);
            }
        }

        if (added.Count > 0)
        {
            await InsertAsync(connection, transaction, head, added, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return new AppendResult.Appended(added.Count, entries.Count - added.Count);
    }

    private static async Task<(LogHead Head, Dictionary<Guid, byte[]> Known)> LockHeadAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<NewEntry> entries, CancellationToken cancellationToken)
    {
        // The second statement takes its own snapshot after the lock is had, so it sees what the holder before us added.
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("SELECT sequence, link FROM log_head FOR UPDATE"),
                new NpgsqlBatchCommand("SELECT event_id, leaf_hash FROM log_entries WHERE event_id = ANY($1)")
                {
                    Parameters = { new() { Value = entries.Select(entry => entry.Index.EventId).ToArray() } },
                },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var head = new LogHead(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1));

        var known = new Dictionary<Guid, byte[]>();
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            known.Add(reader.GetGuid(0), reader.GetFieldValue<byte[]>(1));
        }

        return (head, known);
    }

    private async Task InsertAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, LogHead head, List<NewEntry> entries, CancellationToken cancellationToken)
    {
        var links = new byte[entries.Count][];
        for (var i = 0; i < entries.Count; i++)
        {
            links[i] = LogHash.Link(i == 0 ? head.Link : links[i - 1], entries[i].Leaf);
        }

        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(
                    """
                    INSERT INTO log_entries
                        (sequence, recorded_at, event_id, body, leaf_hash, link,
                         occurred_at, source, action, outcome, severity, actor_id, resource, organization_id, trace_id)
                    SELECT $1 + place, $2, event_id, body, leaf_hash, link,
                        occurred_at, source, action, outcome, severity, actor_id, resource, organization_id, trace_id
                    FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) WITH ORDINALITY
                        AS entry (event_id, body, leaf_hash, link, occurred_at, source, action, outcome, severity, actor_id, resource, organization_id, trace_id, place)
                    """)
                {
                    Parameters =
                    {
                        new() { Value = head.Sequence },
                        new() { Value = StoredTime.Of(clock.GetUtcNow()), NpgsqlDbType = NpgsqlDbType.TimestampTz },
                        Column(entries, NpgsqlDbType.Uuid, entry => entry.Index.EventId),
                        Column(entries, NpgsqlDbType.Bytea, entry => entry.Body),
                        Column(entries, NpgsqlDbType.Bytea, entry => entry.Leaf),
                        new() { Value = links, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                        Column(entries, NpgsqlDbType.TimestampTz, entry => entry.Index.OccurredAt),
                        Column(entries, NpgsqlDbType.Text, entry => entry.Index.Source),
                        Column(entries, NpgsqlDbType.Text, entry => entry.Index.Action),
                        Column(entries, NpgsqlDbType.Smallint, entry => entry.Index.Outcome),
                        Column(entries, NpgsqlDbType.Smallint, entry => entry.Index.Severity),
                        Column(entries, NpgsqlDbType.Text, entry => entry.Index.ActorId),
                        Column(entries, NpgsqlDbType.Text, entry => entry.Index.Resource),
                        Column(entries, NpgsqlDbType.Uuid, entry => entry.Index.OrganizationId),
                        Column(entries, NpgsqlDbType.Uuid, entry => entry.Index.TraceId),
                    },
                },
                new NpgsqlBatchCommand("UPDATE log_head SET sequence = $1, link = $2")
                {
                    Parameters = { new() { Value = head.Sequence + entries.Count }, new() { Value = links[^1] } },
                },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlParameter Column<T>(List<NewEntry> entries, NpgsqlDbType type, Func<NewEntry, T> value) =>
        new() { Value = entries.Select(value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type };
}

/// <summary>The end of the log.</summary>
/// <param name="Sequence">The place of the last entry; 0 for an empty log.</param>
/// <param name="Link">The link of the last entry, 32 bytes.</param>
internal sealed record LogHead(long Sequence, byte[] Link);
