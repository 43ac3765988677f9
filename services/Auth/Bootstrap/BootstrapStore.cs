using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Auth;

/// <summary>
/// Keeps in Postgres how far the making of the first administrator is. There is one row at most: whoever inserts it has begun, whoever
/// completes it has finished, and of several at once one does each.
/// </summary>
internal sealed class BootstrapStore(ServiceDatabase database, AuditOutbox outbox)
{
    /// <summary>Begins, or finds what was begun. The id it returns is the administrator's from the first call on.</summary>
    public async Task<BootstrapState> BeginAsync(BootstrapSecret secret, string username, Guid userId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using (var insert = database.CreateCommand(
            "INSERT INTO bootstrap (secret_hash, user_id, username, begun_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"))
        {
            insert.Parameters.Add(new() { Value = secret.RevealHash() });
            insert.Parameters.Add(new() { Value = userId });
            insert.Parameters.Add(new() { Value = username });
            insert.Parameters.Add(Sql.Time(now));
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }

        return await FindAsync(cancellationToken) ?? throw new InvalidOperationException("The row of the bootstrap was deleted.");
    }

    /// <summary>Returns what was begun, or null.</summary>
    public async Task<BootstrapState?> FindAsync(CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand("SELECT secret_hash, user_id, username, completed_at IS NOT NULL FROM bootstrap");
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new BootstrapState(BootstrapSecret.FromHash(reader.GetFieldValue<byte[]>(0)), reader.GetGuid(1), reader.GetString(2), reader.GetBoolean(3))
            : null;
    }

    /// <summary>
    /// Finishes: makes the administrator's account, closes the bootstrap for good and keeps the event, all or nothing. Returns false
    /// where another call has finished.
    /// </summary>
    public async Task<bool> TryCompleteAsync(Account administrator, string passwordHash, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var complete = new NpgsqlCommand(
            "UPDATE bootstrap SET completed_at = $2 WHERE user_id = $1 AND completed_at IS NULL", connection, transaction);
        complete.Parameters.Add(new() { Value = administrator.UserId });
        complete.Parameters.Add(Sql.Time(administrator.CreatedAt));
        if (await complete.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return false;
        }

        if (!await UserStore.TryAddAsync(transaction, administrator, passwordHash, cancellationToken))
        {
            throw new InvalidOperationException("The first administrator's name is taken although nobody could make a user before.");
        }

        await outbox.AddAsync(transaction, auditEvent, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }
}

/// <summary>Says how far the making of the first administrator is.</summary>
/// <param name="Secret">The secret it was begun with.</param>
/// <param name="UserId">The id that the administrator has or will have.</param>
/// <param name="Username">The name that he has or will have.</param>
/// <param name="IsComplete">Whether it is over for good.</param>
internal sealed record BootstrapState(BootstrapSecret Secret, Guid UserId, string Username, bool IsComplete);
