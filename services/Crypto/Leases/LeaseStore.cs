using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.Crypto;

/// <summary>Keeps leases. A row is there before its role is made and until its role is known to be gone.</summary>
internal sealed class LeaseStore(ServiceDatabase database, AuditOutbox outbox)
{
    // Whoever freezes while others wait for the lock loses it, and whoever waits gives up before the waiting ones have taken every connection.
    private const string BoundLock = "SELECT set_config('idle_in_transaction_session_timeout', '10s', true), set_config('lock_timeout', '3s', true)";

    // While its role may still be being made, a lease is not touched before it is due: its creator finds it marked, or is gone by then.
    private const string Mark = "UPDATE leases SET state = 'revoking', due_at = CASE WHEN state = 'creating' THEN due_at ELSE $1 END";

    private const string Select =
        """
        SELECT l.id, l.database, l.template, l.role_name, coalesce(t.renewal, l.renewal), coalesce(t.revocation, l.revocation),
               l.state, l.owner_id, l.created_at, l.expires_at, l.max_expires_at, l.due_at, l.failures
        FROM leases l LEFT JOIN credential_templates t ON t.database = l.database AND t.name = l.template
        """;

    /// <summary>
    /// Adds a lease whose role is about to be made; without a word by the time that it is due, it is taken for abandoned. Returns null, or the limit
    /// that is reached: those of a template are added one after the other, so no more than these are ever there. Who would wait for more than three seconds gives up.
    /// </summary>
    /// <param name="lease">The lease.</param>
    /// <param name="mostOfTemplate">The most leases of its template.</param>
    /// <param name="mostOfOwner">The most of these that are its owner's.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PostgresException">The lock could not be had in time (<see cref="PostgresErrorCodes.LockNotAvailable"/>), and the like.</exception>
    public async Task<int?> TryAddAsync(Lease lease, int mostOfTemplate, int mostOfOwner, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (ofTemplate, ofOwner) = await CountLockedAsync(transaction, lease, cancellationToken);
        if (ofTemplate >= mostOfTemplate || ofOwner >= mostOfOwner)
        {
            return ofOwner >= mostOfOwner ? mostOfOwner : mostOfTemplate;
        }

        await using var insert = new NpgsqlCommand(
            """
            INSERT INTO leases (id, database, template, role_name, renewal, revocation, state, owner_id, created_at, expires_at, max_expires_at, due_at)
            VALUES ($1, $2, $3, $4, $5, $6, 'creating', $7, $8, $9, $10, $11)
            """,
            connection,
            transaction);
        foreach (var value in new object[] { lease.Id, lease.Database, lease.Template, lease.Role.ToString(), lease.Statements.Renewal, lease.Statements.Revocation, lease.OwnerId })
        {
            insert.Parameters.Add(new() { Value = value });
        }

        foreach (var time in new[] { lease.CreatedAt, lease.ExpiresAt, lease.MaxExpiresAt, lease.DueAt })
        {
            insert.Parameters.Add(Time(time));
        }

        await insert.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return null;
    }

    /// <summary>Says that the role is made. Returns false where the lease was taken for abandoned meanwhile; then its role goes.</summary>
    public async Task<bool> TryActivateAsync(Guid id, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var update = new NpgsqlCommand(
            "UPDATE leases SET state = 'active', due_at = expires_at WHERE id = $1 AND state = 'creating'", connection, transaction)
        {
            Parameters = { new() { Value = id } },
        };
        if (await update.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return false;
        }

        await outbox.AddAsync(transaction, auditEvent, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Marks a lease to be revoked now. Returns whether it was there.</summary>
    public async Task<bool> MarkAsync(Guid id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var update = database.CreateCommand($"{Mark} WHERE id = $2");
        update.Parameters.Add(Time(now));
        update.Parameters.Add(new() { Value = id });
        return await update.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>Says that its role is no longer being made: whatever there is of it is to be removed now.</summary>
    public async Task AbandonAsync(Guid id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var update = database.CreateCommand("UPDATE leases SET state = 'revoking', due_at = $2 WHERE id = $1");
        update.Parameters.Add(new() { Value = id });
        update.Parameters.Add(Time(now));
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Marks the leases of a database, or of one of its templates, to be revoked now. Returns how many there are.</summary>
    public async Task<int> MarkAllAsync(string databaseName, string? template, DateTimeOffset now, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var update = new NpgsqlCommand($"{Mark} WHERE database = $2 AND ($3::text IS NULL OR template = $3)", connection, transaction)
        {
            Parameters = { Time(now), new() { Value = databaseName }, new() { Value = (object?)template ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text } },
        };
        var marked = await update.ExecuteNonQueryAsync(cancellationToken);
        await outbox.AddAsync(transaction, auditEvent.With("leases", $"{marked}"), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return marked;
    }

    /// <summary>Returns a lease, or null.</summary>
    public async Task<Lease?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand($"{Select} WHERE l.id = $1");
        select.Parameters.Add(new() { Value = id });
        return (await ReadAsync(select, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Returns leases that are due, of each database so many at most, the longest due first.</summary>
    public async Task<IReadOnlyList<Lease>> ListDueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        // Of each: a database that is away with many leases must not take the places of all others.
        await using var select = database.CreateCommand(
            $"""
             {Select}
             WHERE l.id IN (
                 SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY database ORDER BY due_at) AS place FROM leases WHERE due_at <= $1) due
                 WHERE place <= $2)
             ORDER BY l.due_at
             """);
        select.Parameters.Add(Time(now));
        select.Parameters.Add(new() { Value = limit });
        return await ReadAsync(select, cancellationToken);
    }

    /// <summary>Returns leases of a database, or of one of its templates, in the order that they were made, those after <paramref name="after"/>.</summary>
    public async Task<IReadOnlyList<Lease>> ListAsync(string databaseName, string? template, Guid after, int limit, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand(
            $"{Select} WHERE l.database = $1 AND ($2::text IS NULL OR l.template = $2) AND l.id > $3 ORDER BY l.id LIMIT $4");
        select.Parameters.Add(new() { Value = databaseName });
        select.Parameters.Add(new() { Value = (object?)template ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        select.Parameters.Add(new() { Value = after });
        select.Parameters.Add(new() { Value = limit });
        return await ReadAsync(select, cancellationToken);
    }

    /// <summary>Runs work with a lease that nobody else works on until it is done; null: it is gone, or somebody does. Commits what the work returns true for.</summary>
    public async Task WithLockedAsync(Guid id, bool wait, Func<NpgsqlTransaction, Lease?, Task<bool>> work, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var select = new NpgsqlCommand($"{Select} WHERE l.id = $1 FOR UPDATE OF l{(wait ? "" : " SKIP LOCKED")}", connection, transaction)
        {
            Parameters = { new() { Value = id } },
        };
        var lease = (await ReadAsync(select, cancellationToken)).SingleOrDefault();
        if (await work(transaction, lease))
        {
            await transaction.CommitAsync(cancellationToken);
        }
    }

    internal static NpgsqlParameter Time(DateTimeOffset value) => new() { Value = value.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private static async Task<(long OfTemplate, long OfOwner)> CountLockedAsync(NpgsqlTransaction transaction, Lease lease, CancellationToken cancellationToken)
    {
        // The last is a command of its own: it sees what the holder of the lock before us has committed.
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction)
        {
            BatchCommands =
            {
                new(BoundLock),
                new("SELECT FROM pg_advisory_xact_lock(hashtextextended('lease/' || $1 || '/' || $2, 0))")
                {
                    Parameters = { new() { Value = lease.Database }, new() { Value = lease.Template } },
                },
                new("SELECT count(*), count(*) FILTER (WHERE owner_id = $3) FROM leases WHERE database = $1 AND template = $2")
                {
                    Parameters = { new() { Value = lease.Database }, new() { Value = lease.Template }, new() { Value = lease.OwnerId } },
                },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    private static async Task<List<Lease>> ReadAsync(NpgsqlCommand select, CancellationToken cancellationToken)
    {
        var leases = new List<Lease>();
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            leases.Add(new Lease(
                reader.GetGuid(0),
                reader.GetString(1),
                reader.GetString(2),
                RoleName.Read(reader.GetString(3)),
                new TemplateStatements(Creation: "", reader.GetString(4), reader.GetString(5)),
                reader.GetString(6) switch
                {
                    "creating" => LeaseState.Creating,
                    "active" => LeaseState.Active,
                    "revoking" => LeaseState.Revoking,
                    var other => throw new InvalidDataException($"No lease is {other}."),
                },
                reader.GetString(7),
                reader.GetFieldValue<DateTimeOffset>(8),
                reader.GetFieldValue<DateTimeOffset>(9),
                reader.GetFieldValue<DateTimeOffset>(10),
                reader.GetFieldValue<DateTimeOffset>(11),
                reader.GetInt32(12)));
        }

        return leases;
    }
}
