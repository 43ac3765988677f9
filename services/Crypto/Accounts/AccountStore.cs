using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.Crypto;

/// <summary>Keeps accounts in Postgres. Each change is one statement that names what it changes from, so that of two that do the same, one does.</summary>
internal sealed class AccountStore(ServiceDatabase database, AuditOutbox outbox)
{
    private const string Select = "SELECT workload, current, version, since, sealed_a, sealed_b, sealed_next, ready FROM database_accounts";

    /// <summary>Adds an account, unless it is there.</summary>
    public async Task AddAsync(string workload, string sealedA, string sealedB, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var insert = database.CreateCommand(
            """
            INSERT INTO database_accounts (workload, current, version, since, sealed_a, sealed_b, ready) VALUES ($1, 'a', 1, $2, $3, $4, false)
            ON CONFLICT DO NOTHING
            """);
        insert.Parameters.Add(new() { Value = workload });
        insert.Parameters.Add(LeaseStore.Time(now));
        insert.Parameters.Add(new() { Value = sealedA });
        insert.Parameters.Add(new() { Value = sealedB });
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Returns an account, or null.</summary>
    public async Task<StoredAccount?> FindAsync(string workload, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand($"{Select} WHERE workload = $1");
        select.Parameters.Add(new() { Value = workload });
        return (await ReadAsync(select, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Returns all accounts, by workload.</summary>
    public async Task<IReadOnlyList<StoredAccount>> ListAsync(CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand($"{Select} ORDER BY workload");
        return await ReadAsync(select, cancellationToken);
    }

    /// <summary>Stores the password that the other login is about to be given, unless there is another than was read. Returns the account after it.</summary>
    public async Task<StoredAccount?> PrepareAsync(StoredAccount account, string sealedNext, CancellationToken cancellationToken)
    {
        await using var update = database.CreateCommand(
            "UPDATE database_accounts SET sealed_next = $3 WHERE workload = $1 AND version = $2 AND sealed_next IS NOT DISTINCT FROM $4 AND NOT ready");
        update.Parameters.Add(new() { Value = account.Workload });
        update.Parameters.Add(new() { Value = account.Version });
        update.Parameters.Add(new() { Value = sealedNext });
        update.Parameters.Add(new() { Value = (object?)account.SealedNext ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await update.ExecuteNonQueryAsync(cancellationToken);
        return await FindAsync(account.Workload, cancellationToken);
    }

    /// <summary>Says that the other login has the password that it was to be given.</summary>
    public Task<bool> TryFinishAsync(StoredAccount account, AuditEvent auditEvent, CancellationToken cancellationToken) => ChangeAsync(
        $"UPDATE database_accounts SET sealed_{account.Other} = sealed_next, sealed_next = NULL, ready = true WHERE workload = $1 AND version = $2 AND sealed_next = $3",
        auditEvent,
        cancellationToken,
        new() { Value = account.Workload },
        new() { Value = account.Version },
        new() { Value = account.SealedNext });

    /// <summary>Gives out the other login from now on. Returns false where it is not ready, or somebody else was first.</summary>
    public Task<bool> TryRotateAsync(StoredAccount account, DateTimeOffset now, AuditEvent auditEvent, CancellationToken cancellationToken) => ChangeAsync(
        "UPDATE database_accounts SET current = $3, version = version + 1, since = $4, ready = false WHERE workload = $1 AND version = $2 AND ready",
        auditEvent,
        cancellationToken,
        new() { Value = account.Workload },
        new() { Value = account.Version },
        new() { Value = account.Other },
        LeaseStore.Time(now));

    /// <summary>Says that the other login is not ready after all. Returns false where somebody else was first.</summary>
    public Task<bool> TryReopenAsync(StoredAccount account, AuditEvent auditEvent, CancellationToken cancellationToken) => ChangeAsync(
        "UPDATE database_accounts SET ready = false WHERE workload = $1 AND version = $2 AND ready",
        auditEvent,
        cancellationToken,
        new() { Value = account.Workload },
        new() { Value = account.Version });

    /// <summary>Tells of what changed nothing.</summary>
    public async Task TellAsync(AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await outbox.AddAsync(transaction, auditEvent, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task<List<StoredAccount>> ReadAsync(NpgsqlCommand select, CancellationToken cancellationToken)
    {
        var accounts = new List<StoredAccount>();
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            accounts.Add(new StoredAccount(
                reader.GetString(0),
                reader.GetString(1),
                reader.GetInt32(2),
                reader.GetFieldValue<DateTimeOffset>(3),
                reader.GetString(4),
                reader.GetString(5),
                await reader.IsDBNullAsync(6, cancellationToken) ? null : reader.GetString(6),
                reader.GetBoolean(7)));
        }

        return accounts;
    }

    private async Task<bool> ChangeAsync(string sql, AuditEvent auditEvent, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var change = new NpgsqlCommand(sql, connection, transaction);
        change.Parameters.AddRange(parameters);
        if (await change.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return false;
        }

        await outbox.AddAsync(transaction, auditEvent, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }
}
