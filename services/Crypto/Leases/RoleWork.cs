using Npgsql;

namespace McpSecure.Crypto;

/// <summary>
/// Makes, renews and removes roles in somebody's database. Each is one transaction there. They take turns by an advisory lock in that database, so that a
/// removal finds what a creation that was given up is still doing, and because Postgres refuses grants on one object that run side by side.
/// </summary>
internal static class RoleWork
{
    // In our own statements every function is named with its schema: whoever may create functions in that database could otherwise place one that
    // fits better before it, and have it run as the managing account (CVE-2018-1058).
    //
    // However a creation is broken off on our side, it has ended on the server before anybody takes its lease for abandoned.
    private const string Bounds =
        """
        SELECT pg_catalog.set_config('statement_timeout', '10s', true),
               pg_catalog.set_config('lock_timeout', '10s', true),
               pg_catalog.set_config('idle_in_transaction_session_timeout', '10s', true)
        """;

    /// <summary>Makes a role.</summary>
    /// <exception cref="NpgsqlException">The database is away, or refuses; then there is no such role.</exception>
    public static Task CreateAsync(
        DatabaseAddress address, TemplateStatements statements, RoleName role, string verifier, DateTimeOffset end, CancellationToken cancellationToken) =>
        InTransactionAsync(address, transaction => RunAsync(transaction, statements.CreationOf(role, verifier, end), cancellationToken), cancellationToken);

    /// <summary>Moves the end of a role.</summary>
    /// <exception cref="NpgsqlException">The database is away, or refuses; then nothing is changed.</exception>
    public static Task RenewAsync(
        DatabaseAddress address, TemplateStatements statements, RoleName role, DateTimeOffset end, CancellationToken cancellationToken) =>
        InTransactionAsync(address, transaction => RunAsync(transaction, statements.RenewalOf(role, end), cancellationToken), cancellationToken);

    /// <summary>
    /// Removes a role, if there is one: no new sessions, no open sessions, then what the template says. Done again, it goes on from where it was
    /// broken off.
    /// </summary>
    /// <exception cref="NpgsqlException">The database is away, or refuses.</exception>
    /// <exception cref="RoleStaysException">The template's statements ran and the role is still there.</exception>
    public static async Task RemoveAsync(DatabaseAddress address, TemplateStatements statements, RoleName role, CancellationToken cancellationToken)
    {
        await using var source = address.Connect();
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        if (await CloseAsync(connection, role, cancellationToken) is not { } id)
        {
            return;
        }

        await EndSessionsAsync(connection, id, cancellationToken);
        await using (var transaction = await connection.BeginTransactionAsync(cancellationToken))
        {
            await EnterAsync(transaction, cancellationToken);
            await RunAsync(transaction, statements.RevocationOf(role), cancellationToken);
            if (await FindAsync(transaction, role, cancellationToken) is not null)
            {
                throw new RoleStaysException(role);
            }

            await transaction.CommitAsync(cancellationToken);
        }

        // Whoever was signing in when the door was shut.
        await EndSessionsAsync(connection, id, cancellationToken);
    }

    /// <summary>Runs statements one after the other; none of them holds a parameter.</summary>
    internal static async Task RunAsync(NpgsqlTransaction transaction, IReadOnlyList<string> statements, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        foreach (var statement in statements)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Returns the id of a role, or null.</summary>
    internal static async Task<uint?> FindAsync(NpgsqlTransaction transaction, RoleName role, CancellationToken cancellationToken)
    {
        await using var find = new NpgsqlCommand("SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1", transaction.Connection, transaction)
        {
            Parameters = { new() { Value = role.ToString() } },
        };
        return await find.ExecuteScalarAsync(cancellationToken) as uint?;
    }

    /// <summary>Waits for the turn, and bounds what the transaction may take.</summary>
    internal static async Task EnterAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using (var bounds = new NpgsqlCommand(Bounds, transaction.Connection, transaction))
        {
            await bounds.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var @lock = new NpgsqlCommand(
            "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('mcpsecure/roles', 0))", transaction.Connection, transaction);
        await @lock.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<uint?> CloseAsync(NpgsqlConnection connection, RoleName role, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await EnterAsync(transaction, cancellationToken);
        var id = await FindAsync(transaction, role, cancellationToken);
        if (id is not null)
        {
            await RunAsync(transaction, [$"ALTER ROLE {role.Identifier} NOLOGIN"], cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return id;
    }

    private static async Task EndSessionsAsync(NpgsqlConnection connection, uint role, CancellationToken cancellationToken)
    {
        // Each is given 5 s to end.
        await using var end = new NpgsqlCommand(
            "SELECT pg_catalog.count(*) FILTER (WHERE NOT pg_catalog.pg_terminate_backend(pid, 5000)) FROM pg_catalog.pg_stat_activity WHERE usesysid = $1", connection)
        {
            Parameters = { new() { Value = role, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid } },
        };
        await end.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task InTransactionAsync(DatabaseAddress address, Func<NpgsqlTransaction, Task> work, CancellationToken cancellationToken)
    {
        await using var source = address.Connect();
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await EnterAsync(transaction, cancellationToken);
        await work(transaction);
        await transaction.CommitAsync(cancellationToken);
    }
}

/// <summary>Says that a role outlived the statements that should have removed it.</summary>
internal sealed class RoleStaysException(RoleName role) : Exception($"The role {role} is still there after the template's revocation.");
