using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.Audit;

/// <summary>Reads the log, in chunks that fit a message and memory.</summary>
internal sealed class LogReader(ServiceDatabase database)
{
    /// <summary>The most entries of a chunk of consecutive ones.</summary>
    public const int ChunkSize = 500;

    // Clients read messages of 4 MiB, and an event may have some 140 KB: a chunk ends with the entry that reaches this size.
    private const int ChunkSizeInBytes = 2 * 1024 * 1024;

    private const string SelectEntries =
        """
        SELECT sequence, recorded_at, body, leaf_hash, link,
            event_id, occurred_at, source, action, outcome, severity, actor_id, resource, organization_id, trace_id
        FROM log_entries
        """;

    /// <summary>Returns the end of the log, as its head has it and as its entries have it: the same, unless somebody changed one of them.</summary>
    public async Task<(LogHead Head, long LastEntry)> EndAsync(CancellationToken cancellationToken)
    {
        // One statement, one snapshot: an append in between cannot make them differ.
        await using var command = database.CreateCommand(
            "SELECT sequence, link, (SELECT coalesce(max(sequence), 0) FROM log_entries) FROM log_head");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (new LogHead(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)), reader.GetInt64(2));
    }

    /// <summary>Returns the entries from a place to another, oldest first: a chunk of them, and at least one where there is one.</summary>
    public async Task<IReadOnlyList<StoredEntry>> ReadAsync(long from, long to, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"{SelectEntries} WHERE sequence BETWEEN $1 AND $2 ORDER BY sequence LIMIT {ChunkSize}");
        command.Parameters.Add(new() { Value = from });
        command.Parameters.Add(new() { Value = to });
        return (await ReadAsync(command, ChunkSize, cancellationToken)).Entries;
    }

    /// <summary>Returns the entries before a place that pass a filter, newest first: at most as many as given, and whether more may follow.</summary>
    public async Task<(IReadOnlyList<StoredEntry> Entries, bool MoreMayFollow)> QueryAsync(
        EventFilter filter, long before, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand();
        var conditions = new List<string>();
        Where("sequence <", before, NpgsqlDbType.Bigint);
        WhereText("actor_id =", filter.ActorId);
        WhereText("resource =", filter.Resource);
        WhereText("source =", filter.Source);
        if (EventMatcher.IsPrefix(filter.Action))
        {
            // Everything that starts with "auth." lies between it and "auth/": a slash is the character after a dot.
            WhereText("action >=", filter.Action);
            WhereText("action <", filter.Action[..^1] + "/");
        }
        else
        {
            WhereText("action =", filter.Action);
        }

        if (filter.TraceId.Length > 0)
        {
            Where("trace_id =", Guid.Parse(filter.TraceId), NpgsqlDbType.Uuid);
        }

        if (filter.Outcome != Outcome.Unspecified)
        {
            Where("outcome =", (short)filter.Outcome, NpgsqlDbType.Smallint);
        }

        if (filter.Since is not null)
        {
            Where("occurred_at >=", StoredTime.Of(filter.Since), NpgsqlDbType.TimestampTz);
        }

        if (filter.Until is not null)
        {
            Where("occurred_at <", StoredTime.Of(filter.Until), NpgsqlDbType.TimestampTz);
        }

        command.CommandText = $"{SelectEntries} WHERE {string.Join(" AND ", conditions)} ORDER BY sequence DESC LIMIT {limit + 1}";
        return await ReadAsync(command, limit, cancellationToken);

        void WhereText(string condition, string value)
        {
            if (value.Length > 0)
            {
                Where(condition, value, NpgsqlDbType.Text);
            }
        }

        void Where(string condition, object value, NpgsqlDbType type)
        {
            command.Parameters.Add(new() { Value = value, NpgsqlDbType = type });
            conditions.Add($"{condition} ${command.Parameters.Count}");
        }
    }

    private static async Task<(IReadOnlyList<StoredEntry> Entries, bool MoreMayFollow)> ReadAsync(
        NpgsqlCommand command, int limit, CancellationToken cancellationToken)
    {
        var entries = new List<StoredEntry>();
        var sizeInBytes = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (entries.Count == limit || sizeInBytes >= ChunkSizeInBytes)
            {
                return (entries, MoreMayFollow: true);
            }

            entries.Add(Entry(reader));
            sizeInBytes += entries[^1].Body.Length;
        }

        return (entries, MoreMayFollow: false);
    }

    private static StoredEntry Entry(NpgsqlDataReader reader) => new(
        reader.GetInt64(0),
        reader.GetDateTime(1),
        reader.GetFieldValue<byte[]>(2),
        reader.GetFieldValue<byte[]>(3),
        reader.GetFieldValue<byte[]>(4),
        new EntryIndex(
            reader.GetGuid(5),
            reader.GetDateTime(6),
            reader.GetString(7),
            reader.GetString(8),
            reader.GetInt16(9),
            reader.GetInt16(10),
            reader.IsDBNull(11) ? null : reader.GetString(11),
            reader.IsDBNull(12) ? null : reader.GetString(12),
            reader.GetFieldValue<Guid?>(13),
            reader.GetFieldValue<Guid?>(14)));
}
