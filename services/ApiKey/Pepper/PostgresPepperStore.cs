using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.ApiKey;

/// <summary>Keeps the encrypted pepper in Postgres; the primary key is what makes it one.</summary>
internal sealed class PostgresPepperStore(ServiceDatabase database, KeyDatabase keys) : IPepperStore
{
    public async Task<string?> FindAsync(CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand("SELECT ciphertext FROM pepper WHERE version = $1");
        select.Parameters.Add(new() { Value = PepperKeeper.Version });
        return await select.ExecuteScalarAsync(cancellationToken) as string;
    }

    public async Task AddAsync(string ciphertext, DateTimeOffset at, CancellationToken cancellationToken)
    {
        // Whoever sees no key would take the table for empty.
        await using var transaction = await keys.BeginAsync(RowScope.Administrator, cancellationToken);
        await using var insert = transaction.Command(
            """
            INSERT INTO pepper (version, ciphertext, created_at)
            SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT FROM api_keys)
            ON CONFLICT (version) DO NOTHING
            """,
            new NpgsqlParameter { Value = PepperKeeper.Version },
            new NpgsqlParameter { Value = ciphertext },
            KeyRow.Time(at));
        await insert.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
