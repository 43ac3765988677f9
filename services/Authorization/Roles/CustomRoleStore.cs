using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Authorization;

/// <summary>Keeps the roles that organizations made for themselves.</summary>
internal sealed class CustomRoleStore(ServiceDatabase database)
{
    /// <summary>Lists roles of an organization behind a name, by name.</summary>
    public Task<List<CustomRole>> ListAsync(Guid organization, string after, int limit, CancellationToken cancellationToken) =>
        Sql.InSnapshotAsync(
            database,
            snapshot => ReadAsync(
                snapshot,
                "SELECT id, organization_id, name, description, revision, created_at, changed_at FROM roles WHERE organization_id = $1 AND name COLLATE \"C\" > $2 ORDER BY name COLLATE \"C\" LIMIT $3",
                cancellationToken,
                organization,
                after,
                limit),
            cancellationToken);

    /// <summary>Finds a role of an organization; null where there is none.</summary>
    public Task<CustomRole?> FindAsync(Guid organization, string name, CancellationToken cancellationToken) =>
        Sql.InSnapshotAsync(database, snapshot => FindAsync(snapshot, organization, name, cancellationToken), cancellationToken);

    /// <summary>Finds a role of an organization in the transaction of a change; null where there is none.</summary>
    public static Task<CustomRole?> FindAsync(RightsChange change, Guid organization, string name) =>
        FindAsync(change.Transaction, organization, name, change.CancellationToken);

    /// <summary>Adds a role, or replaces the one that has its id.</summary>
    public static async Task WriteAsync(RightsChange change, CustomRole written)
    {
        await Sql.ExecuteAsync(
            change.Transaction,
            """
            INSERT INTO roles (id, organization_id, name, description, revision, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (id) DO UPDATE SET description = excluded.description, revision = excluded.revision, changed_at = excluded.changed_at
            """,
            change.CancellationToken,
            written.Id,
            written.Organization,
            written.Role.Name,
            written.Role.Description,
            written.Revision.Value,
            written.CreatedAt,
            written.ChangedAt);
        await Sql.ExecuteAsync(change.Transaction, "DELETE FROM role_permissions WHERE role_id = $1", change.CancellationToken, written.Id);
        await Sql.ExecuteAsync(change.Transaction, "DELETE FROM role_inclusions WHERE role_id = $1", change.CancellationToken, written.Id);
        var permissions = written.Role.Permissions;
        await Sql.ExecuteAsync(
            change.Transaction,
            """
            INSERT INTO role_permissions (role_id, position, resource_pattern, action_pattern, effect, second_factor)
            SELECT $1, position, resource_pattern, action_pattern, effect, second_factor
            FROM unnest($2, $3, $4, $5) WITH ORDINALITY AS given (resource_pattern, action_pattern, effect, second_factor, position)
            """,
            change.CancellationToken,
            written.Id,
            permissions.Select(permission => permission.Resource.Text).ToArray(),
            permissions.Select(permission => permission.Action.Text).ToArray(),
            permissions.Select(permission => (short)permission.Effect).ToArray(),
            permissions.Select(permission => permission.SecondFactor).ToArray());
        await Sql.ExecuteAsync(
            change.Transaction,
            "INSERT INTO role_inclusions (role_id, included) SELECT $1, unnest($2)",
            change.CancellationToken,
            written.Id,
            written.Role.Includes.ToArray());
    }

    /// <summary>Removes a role that nobody holds, and what is left of assignments of it that have expired.</summary>
    public static async Task DeleteAsync(RightsChange change, CustomRole role)
    {
        await Sql.ExecuteAsync(
            change.Transaction,
            "DELETE FROM role_assignments WHERE organization_id = $1 AND role = $2",
            change.CancellationToken,
            role.Organization,
            role.Role.Name);
        await Sql.ExecuteAsync(change.Transaction, "DELETE FROM roles WHERE id = $1", change.CancellationToken, role.Id);
    }

    private static async Task<CustomRole?> FindAsync(NpgsqlTransaction transaction, Guid organization, string name, CancellationToken cancellationToken) =>
        (await ReadAsync(
            transaction,
            "SELECT id, organization_id, name, description, revision, created_at, changed_at FROM roles WHERE organization_id = $1 AND name = $2",
            cancellationToken,
            organization,
            name)).SingleOrDefault();

    private static async Task<List<CustomRole>> ReadAsync(NpgsqlTransaction transaction, string sql, CancellationToken cancellationToken, params object[] values)
    {
        var roles = await Sql.ReadAsync(
            transaction,
            sql,
            row => new CustomRole(
                row.GetGuid(0),
                row.GetGuid(1),
                new Role(row.GetString(2), row.GetString(3), []),
                new Revision(row.GetInt64(4)),
                row.GetFieldValue<DateTimeOffset>(5),
                row.GetFieldValue<DateTimeOffset>(6)),
            cancellationToken,
            values);
        var ids = roles.Select(role => role.Id).ToArray();
        var permissions = (await Sql.ReadAsync(
            transaction,
            "SELECT role_id, resource_pattern, action_pattern, effect, second_factor FROM role_permissions WHERE role_id = ANY($1) ORDER BY role_id, position",
            row => (Role: row.GetGuid(0), Permission: row.Permission(1)),
            cancellationToken,
            ids)).ToLookup(row => row.Role, row => row.Permission);
        var includes = (await Sql.ReadAsync(
            transaction,
            "SELECT role_id, included FROM role_inclusions WHERE role_id = ANY($1) ORDER BY role_id, included COLLATE \"C\"",
            row => (Role: row.GetGuid(0), Included: row.GetString(1)),
            cancellationToken,
            ids)).ToLookup(row => row.Role, row => row.Included);
        return
        [
            .. roles.Select(role => role with { Role = role.Role with { Permissions = [.. permissions[role.Id]], Includes = [.. includes[role.Id]] } }),
        ];
    }
}
