using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Auth;

/// <summary>Keeps user accounts in Postgres. That a name is taken once is a constraint of the table.</summary>
internal sealed class UserStore(ServiceDatabase database, AuditOutbox outbox)
{
    private const string SelectUsers =
        """
        SELECT u.user_id, u.username, u.email, u.created_at,
               EXISTS (SELECT FROM totp_authenticators t WHERE t.user_id = u.user_id AND t.confirmed_at IS NOT NULL)
        FROM users u
        """;

    /// <summary>Adds an account, with its event. Returns false where the name is taken.</summary>
    public async Task<bool> TryAddAsync(Account account, string passwordHash, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await TryAddAsync(transaction, account, passwordHash, cancellationToken))
        {
            return false;
        }

        await outbox.AddAsync(transaction, auditEvent, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Adds an account in the caller's transaction. Returns false where the name is taken; then waits for whoever is taking it.</summary>
    public static async Task<bool> TryAddAsync(NpgsqlTransaction transaction, Account account, string passwordHash, CancellationToken cancellationToken)
    {
        await using var insert = new NpgsqlCommand(
            """
            INSERT INTO users (user_id, username, email, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT ON CONSTRAINT users_username_taken DO NOTHING
            """,
            transaction.Connection,
            transaction);
        insert.Parameters.Add(new() { Value = account.UserId });
        insert.Parameters.Add(new() { Value = account.Username });
        insert.Parameters.Add(Sql.Text(account.Email));
        insert.Parameters.Add(new() { Value = passwordHash });
        insert.Parameters.Add(Sql.Time(account.CreatedAt));
        return await insert.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>Returns an account by id, or null.</summary>
    public async Task<Account?> FindAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand($"{SelectUsers} WHERE u.user_id = $1");
        select.Parameters.Add(new() { Value = userId });
        return (await ReadAsync(select, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Returns an account by name, or null.</summary>
    public async Task<Account?> FindAsync(string username, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand($"{SelectUsers} WHERE u.username = $1");
        select.Parameters.Add(new() { Value = username });
        return (await ReadAsync(select, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Returns accounts in the order of their names (by bytes), those after a name; the empty name is before all.</summary>
    public async Task<IReadOnlyList<Account>> ListAsync(string after, int limit, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand($"{SelectUsers} WHERE u.username > $1 ORDER BY u.username LIMIT $2");
        select.Parameters.Add(new() { Value = after });
        select.Parameters.Add(new() { Value = limit });
        return await ReadAsync(select, cancellationToken);
    }

    private static async Task<IReadOnlyList<Account>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var accounts = new List<Account>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            accounts.Add(new Account(
                reader.GetGuid(0),
                reader.GetString(1),
                reader.IsDBNull(2) ? null : reader.GetString(2),
                reader.GetFieldValue<DateTimeOffset>(3),
                reader.GetBoolean(4)));
        }

        return accounts;
    }
}
