using Npgsql;

namespace McpSecure.ApiKey;

/// <summary>Keeps imported keys in Postgres, in the table of all keys.</summary>
internal sealed class PostgresImportStore(KeyDatabase database) : IImportStore
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
            "SELECT id FROM api_keys WHERE lookup = ANY ($1) ORDER BY import_salt IS NOT NULL LIMIT 1",
            new NpgsqlParameter { Value = lookups.Select(lookup => lookup.Bytes.ToArray()).ToArray() });
        return await select.ExecuteScalarAsync(cancellationToken) is Guid id ? new ApiKeyId(id) : null;
    }
}
