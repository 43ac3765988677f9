using Npgsql;
using NpgsqlTypes;

namespace McpSecure.ApiKey;

/// <summary>Keeps the use of keys in Postgres, by hours.</summary>
internal sealed class UsageStore(KeyDatabase database)
{
    /// <summary>Adds to what was counted, in one statement: all of it or nothing.</summary>
    public async Task AddAsync(IReadOnlyCollection<KeyUse> uses, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(RowScope.Administrator, cancellationToken);

        // In one order, so that two replicas wait for each other and never in a circle.
        await using var add = transaction.Command(
            """
            WITH given AS (
                SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::bigint[], $6::timestamptz[])
                    AS given (api_key_id, hour, allowed, denied, limited, last_used_at)
            ), hours AS (
                INSERT INTO api_key_usage AS kept (api_key_id, hour, allowed, denied, limited)
                SELECT api_key_id, hour, sum(allowed), sum(denied), sum(limited) FROM given GROUP BY api_key_id, hour ORDER BY api_key_id, hour
                ON CONFLICT (api_key_id, hour) DO UPDATE SET
                    allowed = kept.allowed + excluded.allowed, denied = kept.denied + excluded.denied, limited = kept.limited + excluded.limited
            )
            INSERT INTO api_key_last_uses AS kept (api_key_id, last_used_at)
            SELECT api_key_id, max(last_used_at) FROM given WHERE last_used_at IS NOT NULL GROUP BY api_key_id ORDER BY api_key_id
            ON CONFLICT (api_key_id) DO UPDATE SET last_used_at = greatest(kept.last_used_at, excluded.last_used_at)
            """,
            new NpgsqlParameter { Value = uses.Select(use => use.Key.Value).ToArray() },
            new NpgsqlParameter { Value = uses.Select(use => use.Hour).ToArray() },
            new NpgsqlParameter { Value = uses.Select(use => use.Counts.Allowed).ToArray() },
            new NpgsqlParameter { Value = uses.Select(use => use.Counts.Denied).ToArray() },
            new NpgsqlParameter { Value = uses.Select(use => use.Counts.Limited).ToArray() },
            new NpgsqlParameter { Value = uses.Select(use => use.LastAllowedAt?.ToUniversalTime()).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        await add.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Reads the hours in which a key was used, the oldest first.</summary>
    /// <param name="scope">What may be seen.</param>
    /// <param name="key">The key.</param>
    /// <param name="from">The first hour's beginning.</param>
    /// <param name="to">The end, which is not in it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<(DateTimeOffset Hour, UseCounts Counts)>> ReadAsync(
        RowScope scope, ApiKeyId key, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(scope, cancellationToken);
        await using var select = transaction.Command(
            "SELECT hour, allowed, denied, limited FROM api_key_usage WHERE api_key_id = $1 AND hour >= $2 AND hour < $3 ORDER BY hour",
            new NpgsqlParameter { Value = key.Value },
            new NpgsqlParameter { Value = from.ToUniversalTime() },
            new NpgsqlParameter { Value = to.ToUniversalTime() });
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        var hours = new List<(DateTimeOffset, UseCounts)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            hours.Add((reader.GetFieldValue<DateTimeOffset>(0), new UseCounts(reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3))));
        }

        return hours;
    }

    /// <summary>Tells when a key was last let through; null: never, or not seen in this scope.</summary>
    public async Task<DateTimeOffset?> FindLastUseAsync(RowScope scope, ApiKeyId key, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(scope, cancellationToken);
        await using var select = transaction.Command(
            "SELECT last_used_at FROM api_key_last_uses WHERE api_key_id = $1", new NpgsqlParameter { Value = key.Value });
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? reader.GetFieldValue<DateTimeOffset>(0) : null;
    }

    /// <summary>Forgets hours that are over before a time, some at a time. Returns how many.</summary>
    public async Task<int> PruneAsync(DateTimeOffset before, int most, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(RowScope.Administrator, cancellationToken);
        await using var delete = transaction.Command(
            "DELETE FROM api_key_usage WHERE ctid = ANY (ARRAY(SELECT ctid FROM api_key_usage WHERE hour < $1 LIMIT $2))",
            new NpgsqlParameter { Value = before.ToUniversalTime() },
            new NpgsqlParameter { Value = most });
        var pruned = await delete.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return pruned;
    }
}
