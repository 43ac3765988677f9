using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Keeps the encrypted pepper in Postgres; the primary key is what makes it one.</summary>
internal sealed class PostgresPepperStore(ServiceDatabase database) : IPepperStore
{
    public async Task<string?> FindAsync(CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand("SELECT ciphertext FROM pepper WHERE version = $1");
        select.Parameters.Add(new() { Value = PepperKeeper.Version });
        return await select.ExecuteScalarAsync(cancellationToken) as string;
    }

    public async Task AddAsync(string ciphertext, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await using var insert = database.CreateCommand(
            """
            INSERT INTO pepper (version, ciphertext, created_at)
            SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT FROM api_keys)
            ON CONFLICT (version) DO NOTHING
            """);
        insert.Parameters.Add(new() { Value = PepperKeeper.Version });
        insert.Parameters.Add(new() { Value = ciphertext });
        insert.Parameters.Add(new() { Value = at.ToUniversalTime() });
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }
}
