using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.ApiKey;

/// <summary>
/// Keeps imported keys in Postgres, in the table of all keys. Imports take turns; an import takes the locks of all its owners and organizations, in the order
/// in which everything else takes them, before it adds, and counts after it.
/// </summary>
internal sealed class PostgresImportStore(KeyDatabase database, AuditOutbox outbox) : IImportStore
{
    public async Task<ImportState> ReadStateAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(RowScope.Administrator, cancellationToken);
        await using var select = transaction.Command(
            """
            SELECT EXISTS (SELECT FROM api_keys WHERE lookup IS NOT NULL),
                   ARRAY (SELECT salt FROM import_salts WHERE EXISTS (SELECT FROM api_keys WHERE import_salt = import_salts.id) ORDER BY id)
            """);
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new(reader.GetBoolean(0), [.. reader.GetFieldValue<byte[][]>(1).Select(salt => new ReadOnlyMemory<byte>(salt))]);
    }

    public async Task<ApiKeyId?> FindAsync(IReadOnlyList<KeyLookup> lookups, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(RowScope.OfLookups(lookups), cancellationToken);
        await using var select = transaction.Command(
            "SELECT id FROM api_keys WHERE lookup = ANY ($1) ORDER BY import_salt IS NOT NULL, id LIMIT 1",
            new NpgsqlParameter { Value = lookups.Select(lookup => lookup.Bytes.ToArray()).ToArray() });
        return await select.ExecuteScalarAsync(cancellationToken) is Guid id ? new ApiKeyId(id) : null;
    }

    public async Task<ImportResult> ImportAsync(
        ImportBatch batch, KeyLimits limits, Func<ApiKeyRecord, AuditEvent> eventOf, Func<int, AuditEvent> summary, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(RowScope.Administrator, cancellationToken);
        await LockAsync(transaction, batch, cancellationToken);

        var salts = new List<int>();
        foreach (var salt in batch.Salts)
        {
            if (await TryUseSaltAsync(transaction, salt, salts, batch.Keys[0].Key.CreatedAt, cancellationToken) is not { } id)
            {
                return new ImportResult.TooManySalts();
            }

            salts.Add(id);
        }

        var results = new List<(ApiKeyId Id, bool Existed)>();
        foreach (var (key, hash, salt) in batch.Keys)
        {
            var added = await TryInsertAsync(transaction, key, hash, salts[salt], cancellationToken);
            results.Add(added is null ? (await FindAsync(transaction, hash, cancellationToken), true) : (added.Id, false));
            if (added is not null)
            {
                await outbox.AddAsync(transaction.Inner, eventOf(added), cancellationToken);
            }
        }

        if (await FindFullAsync(transaction, batch, limits, cancellationToken) is { } full)
        {
            return full;
        }

        await outbox.AddAsync(transaction.Inner, summary(results.Count(result => !result.Existed)), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ImportResult.Imported(results);
    }

    private static async Task LockAsync(KeyTransaction transaction, ImportBatch batch, CancellationToken cancellationToken)
    {
        string[] names =
        [
            "api_keys/imports",
            .. batch.Keys.Select(item => KeyLocks.OfOwner(item.Key.OwnerId)).Distinct().Order(StringComparer.Ordinal),
            .. batch.Keys.Select(item => item.Key.OrganizationId).OfType<Guid>().Select(KeyLocks.OfOrganization).Distinct().Order(StringComparer.Ordinal),
        ];
        await KeyLocks.TakeAsync(transaction, names, cancellationToken);
    }

    // A salt that no key waits with makes room, and so does one that only keys wait with that have ended: they keep their hashes, so that no import raises
    // them, and are found by none any more. Null where the most are in use.
    private static async Task<int?> TryUseSaltAsync(
        KeyTransaction transaction, ReadOnlyMemory<byte> salt, IReadOnlyCollection<int> taken, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var use = transaction.Command(
            $"""
            WITH known AS (SELECT id FROM import_salts WHERE salt = $1),
                 free AS (SELECT place FROM generate_series(1, $3) AS place
                          WHERE NOT EXISTS (SELECT FROM known) AND place <> ALL ($4)
                            AND NOT EXISTS (SELECT FROM api_keys WHERE import_salt = place AND {KeyLocks.IsValid})
                          ORDER BY place LIMIT 1),
                 ended AS (UPDATE api_keys SET import_salt = NULL FROM free WHERE import_salt = place),
                 put AS (INSERT INTO import_salts (id, salt) SELECT place, $1 FROM free
                         ON CONFLICT (id) DO UPDATE SET salt = excluded.salt RETURNING id)
            SELECT id FROM known UNION ALL SELECT id FROM put
            """,
            new NpgsqlParameter { Value = salt.ToArray() },
            KeyRow.Time(now),
            new NpgsqlParameter { Value = IImportStore.MostSalts },
            new NpgsqlParameter { Value = taken.ToArray() });
        return await use.ExecuteScalarAsync(cancellationToken) as int?;
    }

    private static async Task<ApiKeyRecord?> TryInsertAsync(
        KeyTransaction transaction, ApiKeyRecord key, KeyLookup hash, int salt, CancellationToken cancellationToken)
    {
        NpgsqlParameter[] values = [.. KeyRow.Parameters(key), new() { Value = hash.Bytes.ToArray() }, new() { Value = salt }];
        await using var insert = transaction.Command(
            $"""
            INSERT INTO api_keys ({KeyRow.Names}, lookup, import_salt) VALUES ({KeyRow.Values}, ${values.Length - 1}, ${values.Length})
            ON CONFLICT (lookup) DO NOTHING RETURNING {KeyRow.Columns}
            """,
            values);
        return await KeyRow.ReadOneAsync(insert, cancellationToken);
    }

    private static async Task<ApiKeyId> FindAsync(KeyTransaction transaction, KeyLookup hash, CancellationToken cancellationToken)
    {
        await using var select = transaction.Command("SELECT id FROM api_keys WHERE lookup = $1", new NpgsqlParameter { Value = hash.Bytes.ToArray() });
        return new((Guid)(await select.ExecuteScalarAsync(cancellationToken))!);
    }

    private static async Task<ImportResult?> FindFullAsync(
        KeyTransaction transaction, ImportBatch batch, KeyLimits limits, CancellationToken cancellationToken)
    {
        (string Whose, string Column, Guid[] Ids, int Most)[] counted =
        [
            ("owner", "owner_id", [.. batch.Keys.Select(item => item.Key.OwnerId).Distinct()], limits.PerOwner),
            ("organization", "organization_id", [.. batch.Keys.Select(item => item.Key.OrganizationId).OfType<Guid>().Distinct()], limits.PerOrganization),
        ];
        foreach (var (whose, column, ids, most) in counted)
        {
            await using var select = transaction.Command(
                $"SELECT {column} FROM api_keys WHERE {column} = ANY ($1) AND {KeyLocks.IsLive} GROUP BY 1 HAVING count(*) > $3 LIMIT 1",
                new NpgsqlParameter { Value = ids },
                KeyRow.Time(batch.Keys[0].Key.CreatedAt),
                new NpgsqlParameter { Value = most });
            if (await select.ExecuteScalarAsync(cancellationToken) is Guid full)
            {
                return new ImportResult.TooManyKeys(whose, full);
            }
        }

        return null;
    }
}
