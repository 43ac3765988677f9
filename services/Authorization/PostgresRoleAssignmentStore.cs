using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Authorization;

/// <summary>
/// Keeps role assignments in Postgres. Every change is one transaction that takes one lock first, so that what it reads (the grantor's
/// rights, whether another administrator is there) still holds when it commits; the audit event is in the same transaction.
/// </summary>
internal sealed class PostgresRoleAssignmentStore(ServiceDatabase database, AuditOutbox outbox) : IRoleAssignmentStore
{
    // "McpSecRl". Changes of roles are rare, and one lock for all leaves no order of locks to get wrong.
    private const long LockKey = 0x4D637053_6563526C;

    public async Task<IReadOnlyList<RoleAssignment>> ListAsync(Principal principal, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await ListAsync(connection, principal, cancellationToken);
    }

    public Task<AssignResult> AssignAsync(RoleOrder order, CancellationToken cancellationToken) =>
        ChangeAsync<AssignResult>(
            async change =>
            {
                if (!order.IsWithin(await RightsStore.ReadRightsAsync(change, order.Grantor, organization: null, order.At, cancellationToken)))
                {
                    return new AssignResult.BeyondGrantor();
                }

                var before = await ListAsync(change.Connection!, order.Principal, cancellationToken);
                if (before.FirstOrDefault(held => held.Role == order.Role) is { } there)
                {
                    return new AssignResult.Held(there, IsNew: false);
                }

                var assignment = await InsertAsync(change, order.Principal, order.Role, order.At, cancellationToken);
                await RecordAsync(change, before, [.. before, assignment], order.Describe, cancellationToken);
                return new AssignResult.Held(assignment, IsNew: true);
            },
            cancellationToken);

    public Task<UnassignResult> UnassignAsync(RoleOrder order, CancellationToken cancellationToken) =>
        ChangeAsync(
            async change =>
            {
                if (!order.IsWithin(await RightsStore.ReadRightsAsync(change, order.Grantor, organization: null, order.At, cancellationToken)))
                {
                    return UnassignResult.BeyondGrantor;
                }

                var before = await ListAsync(change.Connection!, order.Principal, cancellationToken);
                if (before.FirstOrDefault(held => held.Role == order.Role) is not { } there)
                {
                    return UnassignResult.NotHeld;
                }

                if (order is { Role: BuiltInRoles.Administrator, Principal.Kind: PrincipalKind.User }
                    && !await HasOtherAdministratorAsync(change, order.Principal, cancellationToken))
                {
                    return UnassignResult.LastAdministrator;
                }

                await DeleteAsync(change, order.Principal, order.Role, cancellationToken);
                await RecordAsync(change, before, [.. before.Where(held => held != there)], order.Describe, cancellationToken);
                return UnassignResult.Unassigned;
            },
            cancellationToken);

    public Task<FirstAdministratorResult> AssignFirstAdministratorAsync(
        Guid userId, DateTimeOffset at, Func<RolesChanged, AuditEvent> describe, CancellationToken cancellationToken) =>
        ChangeAsync(
            async change =>
            {
                var user = Principal.User(userId);
                var before = await ListAsync(change.Connection!, user, cancellationToken);
                if (await HasOtherAdministratorAsync(change, user, cancellationToken))
                {
                    return FirstAdministratorResult.AnotherExists;
                }

                if (before.Any(held => held.Role == BuiltInRoles.Administrator))
                {
                    return FirstAdministratorResult.IsAdministratorAlready;
                }

                var assignment = await InsertAsync(change, user, BuiltInRoles.Administrator, at, cancellationToken);
                await RecordAsync(change, before, [.. before, assignment], describe, cancellationToken);
                return FirstAdministratorResult.Granted;
            },
            cancellationToken);

    private async Task<T> ChangeAsync<T>(Func<NpgsqlTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);

        // READ COMMITTED: each statement after the lock sees what the holder before us committed.
        await using var change = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(change, "SELECT pg_advisory_xact_lock($1)", cancellationToken, LockKey);
        var result = await work(change);
        await change.CommitAsync(cancellationToken);
        return result;
    }

    private static async Task<IReadOnlyList<RoleAssignment>> ListAsync(
        NpgsqlConnection connection, Principal principal, CancellationToken cancellationToken)
    {
        await using var select = new NpgsqlCommand(
            """
            SELECT role, assigned_at FROM role_assignments
            WHERE principal_kind = $1 AND principal_id = $2
            ORDER BY role COLLATE "C"
            """,
            connection)
        {
            Parameters = { new() { Value = (short)principal.Kind }, new() { Value = principal.Id } },
        };
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        var assignments = new List<RoleAssignment>();
        while (await reader.ReadAsync(cancellationToken))
        {
            assignments.Add(new(principal, reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1)));
        }

        return assignments;
    }

    private static async Task<bool> HasOtherAdministratorAsync(NpgsqlTransaction change, Principal user, CancellationToken cancellationToken)
    {
        await using var select = new NpgsqlCommand(
            "SELECT EXISTS (SELECT FROM role_assignments WHERE role = $1 AND principal_kind = $2 AND principal_id <> $3)",
            change.Connection,
            change)
        {
            Parameters =
            {
                new() { Value = BuiltInRoles.Administrator }, new() { Value = (short)PrincipalKind.User }, new() { Value = user.Id },
            },
        };
        return await select.ExecuteScalarAsync(cancellationToken) is true;
    }

    private static async Task<RoleAssignment> InsertAsync(
        NpgsqlTransaction change, Principal principal, string role, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await using var insert = new NpgsqlCommand(
            """
            INSERT INTO role_assignments (id, principal_kind, principal_id, role, assigned_at) VALUES ($1, $2, $3, $4, $5)
            RETURNING assigned_at
            """,
            change.Connection,
            change)
        {
            Parameters =
            {
                new() { Value = Guid.CreateVersion7(at) },
                new() { Value = (short)principal.Kind },
                new() { Value = principal.Id },
                new() { Value = role },
                new() { Value = at.ToUniversalTime() },
            },
        };
        await using var reader = await insert.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);

        // As it is kept: Postgres keeps microseconds.
        return new(principal, role, reader.GetFieldValue<DateTimeOffset>(0));
    }

    private static Task DeleteAsync(NpgsqlTransaction change, Principal principal, string role, CancellationToken cancellationToken) =>
        ExecuteAsync(
            change,
            "DELETE FROM role_assignments WHERE principal_kind = $1 AND principal_id = $2 AND role = $3",
            cancellationToken,
            (short)principal.Kind,
            principal.Id,
            role);

    private Task RecordAsync(
        NpgsqlTransaction change,
        IEnumerable<RoleAssignment> before,
        IEnumerable<RoleAssignment> after,
        Func<RolesChanged, AuditEvent> describe,
        CancellationToken cancellationToken)
    {
        var changed = new RolesChanged(Names(before), Names(after));
        return outbox.AddAsync(change, describe(changed), cancellationToken);

        static string[] Names(IEnumerable<RoleAssignment> assignments) =>
            [.. assignments.Select(held => held.Role).Order(StringComparer.Ordinal)];
    }

    private static async Task ExecuteAsync(NpgsqlTransaction change, string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, change.Connection, change);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
