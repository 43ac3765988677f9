using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.ApiKey;

/// <summary>
/// Keeps API keys in Postgres. A change and its audit event are one transaction. That an owner has no more live keys than allowed holds
/// because adding takes a lock of the owner first, counts in the statement that inserts, and nothing makes a dead key live again.
/// </summary>
internal sealed class PostgresApiKeyStore(ServiceDatabase database, AuditOutbox outbox) : IApiKeyStore
{
    private const string Columns = "id, owner_id, name, scopes, secret_hash, created_at, expires_at, revoked_at";
    private const string IsLive = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";

    public async Task<ApiKeyRecord?> FindAsync(ApiKeyId id, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand($"SELECT {Columns} FROM api_keys WHERE id = $1");
        select.Parameters.Add(new() { Value = id.Value });
        return await ReadOneAsync(select, cancellationToken);
    }

    public async Task<int> CountLiveAsync(Guid ownerId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var count = database.CreateCommand($"SELECT count(*)::integer FROM api_keys WHERE owner_id = $1 AND {IsLive}");
        count.Parameters.Add(new() { Value = ownerId });
        count.Parameters.Add(new() { Value = now.ToUniversalTime() });
        return (int)(await count.ExecuteScalarAsync(cancellationToken))!;
    }

    public async Task<ApiKeyRecord?> AddAsync(ApiKeyRecord key, int mostLive, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // READ COMMITTED: the insert's count sees what whoever held the lock before us committed.
        await using var owner = new NpgsqlCommand("SELECT pg_advisory_xact_lock(hashtextextended('api_keys/' || $1, 0))", connection, transaction)
        {
            Parameters = { new() { Value = key.OwnerId.ToString() } },
        };
        await owner.ExecuteNonQueryAsync(cancellationToken);

        await using var insert = new NpgsqlCommand(
            $"""
            INSERT INTO api_keys (id, owner_id, name, scopes, secret_hash, created_at, expires_at)
            SELECT $3, $1, $4, $5, $6, $2, $7
            WHERE (SELECT count(*) FROM api_keys WHERE owner_id = $1 AND {IsLive}) < $8
            RETURNING {Columns}
            """,
            connection,
            transaction)
        {
            Parameters =
            {
                new() { Value = key.OwnerId },
                new() { Value = key.CreatedAt.ToUniversalTime() },
                new() { Value = key.Id.Value },
                new() { Value = key.Name },
                new() { Value = key.Scopes.ToArray() },
                new() { Value = key.SecretHash.Text },
                new() { Value = (object?)key.ExpiresAt?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = mostLive },
            },
        };
        if (await ReadOneAsync(insert, cancellationToken) is not { } added)
        {
            return null;
        }

        await outbox.AddAsync(transaction, auditEvent, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return added;
    }

    public async Task<(ApiKeyRecord Key, bool IsNew)?> RevokeAsync(
        ApiKeyId id, DateTimeOffset at, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var update = new NpgsqlCommand(
            $"UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING {Columns}", connection, transaction)
        {
            Parameters = { new() { Value = id.Value }, new() { Value = at.ToUniversalTime() } },
        };
        if (await ReadOneAsync(update, cancellationToken) is { } revoked)
        {
            await outbox.AddAsync(transaction, auditEvent, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return (revoked, true);
        }

        await transaction.RollbackAsync(cancellationToken);
        return await FindAsync(id, cancellationToken) is { } there ? (there, false) : null;
    }

    public async Task<IReadOnlyList<ApiKeyRecord>> ListAsync(Guid ownerId, ApiKeyId? before, int limit, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand(
            $"SELECT {Columns} FROM api_keys WHERE owner_id = $1 AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3");
        select.Parameters.Add(new() { Value = ownerId });
        select.Parameters.Add(new() { Value = (object?)before?.Value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        select.Parameters.Add(new() { Value = limit });
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        var keys = new List<ApiKeyRecord>();
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(Read(reader));
        }

        return keys;
    }

    private static async Task<ApiKeyRecord?> ReadOneAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    private static ApiKeyRecord Read(NpgsqlDataReader row) => new(
        new ApiKeyId(row.GetGuid(0)),
        row.GetGuid(1),
        row.GetString(2),
        row.GetFieldValue<string[]>(3),
        new SecretHash(row.GetString(4)),
        row.GetFieldValue<DateTimeOffset>(5),
        row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6),
        row.IsDBNull(7) ? null : row.GetFieldValue<DateTimeOffset>(7));
}
