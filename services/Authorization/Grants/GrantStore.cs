using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Authorization;

/// <summary>Keeps direct grants. What has expired is neither listed nor found.</summary>
internal sealed class GrantStore(ServiceDatabase database)
{
    private const string Columns =
        "id, principal_kind, principal_id, organization_id, resource_pattern, action_pattern, effect, second_factor, created_at, expires_at";

    /// <summary>Lists grants that count in an organization, or everywhere, behind an id, the oldest first.</summary>
    public Task<List<Grant>> ListAsync(
        Guid? organization, Principal? principal, Guid after, int limit, DateTimeOffset now, CancellationToken cancellationToken) =>
        Sql.ReadAsync(
            database,
            $"""
            SELECT {Columns} FROM grants
            WHERE {Sql.In(organization, "$1")} AND ($2 IS NULL OR (principal_kind = $2 AND principal_id = $3))
              AND id > $4 AND (expires_at IS NULL OR expires_at > $5)
            ORDER BY id LIMIT $6
            """,
            Read,
            cancellationToken,
            Sql.Of(organization),
            Sql.Of((short?)principal?.Kind),
            Sql.Of(principal?.Id),
            after,
            now,
            limit);

    /// <summary>Finds a grant that counts where a change is made; null where there is none.</summary>
    public static async Task<Grant?> FindAsync(RightsChange change, Guid id) =>
        (await Sql.ReadAsync(
            change.Transaction,
            $"SELECT {Columns} FROM grants WHERE id = $1 AND {Sql.In(change.Organization, "$2")} AND (expires_at IS NULL OR expires_at > $3)",
            Read,
            change.CancellationToken,
            id,
            Sql.Of(change.Organization),
            change.Now)).SingleOrDefault();

    /// <summary>Finds the grant of a permission that counts where a change is made; null where there is none.</summary>
    public static async Task<Grant?> FindAsync(RightsChange change, Principal principal, Permission permission) =>
        (await Sql.ReadAsync(
            change.Transaction,
            $"""
            SELECT {Columns} FROM grants
            WHERE principal_kind = $1 AND principal_id = $2 AND {Sql.In(change.Organization, "$3")}
              AND resource_pattern = $4 AND action_pattern = $5 AND effect = $6 AND second_factor = $7
              AND (expires_at IS NULL OR expires_at > $8)
            ORDER BY id LIMIT 1
            """,
            Read,
            change.CancellationToken,
            (short)principal.Kind,
            principal.Id,
            Sql.Of(change.Organization),
            permission.Resource.Text,
            permission.Action.Text,
            (short)permission.Effect,
            permission.SecondFactor,
            change.Now)).SingleOrDefault();

    /// <summary>Counts the grants of a principal everywhere, and forgets those that have expired.</summary>
    public static async Task<long> CountAsync(RightsChange change, Principal principal)
    {
        await Sql.ExecuteAsync(
            change.Transaction,
            "DELETE FROM grants WHERE principal_kind = $1 AND principal_id = $2 AND expires_at <= $3",
            change.CancellationToken,
            (short)principal.Kind,
            principal.Id,
            change.Now);
        return (long)(await Sql.ScalarAsync(
            change.Transaction,
            "SELECT count(*) FROM grants WHERE principal_kind = $1 AND principal_id = $2",
            change.CancellationToken,
            (short)principal.Kind,
            principal.Id))!;
    }

    /// <summary>Adds a grant, or gives the one that has its id another expiry.</summary>
    public static Task WriteAsync(RightsChange change, Grant grant) =>
        Sql.ExecuteAsync(
            change.Transaction,
            $"INSERT INTO grants ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at",
            change.CancellationToken,
            grant.Id,
            (short)grant.Principal.Kind,
            grant.Principal.Id,
            Sql.Of(grant.Organization),
            grant.Permission.Resource.Text,
            grant.Permission.Action.Text,
            (short)grant.Permission.Effect,
            grant.Permission.SecondFactor,
            grant.CreatedAt,
            Sql.Of(grant.ExpiresAt));

    /// <summary>Removes a grant.</summary>
    public static Task DeleteAsync(RightsChange change, Guid id) =>
        Sql.ExecuteAsync(change.Transaction, "DELETE FROM grants WHERE id = $1", change.CancellationToken, id);

    private static Grant Read(NpgsqlDataReader row) =>
        new(row.GetGuid(0), row.Principal(1), row.IdOrNull(3), row.Permission(4), row.GetFieldValue<DateTimeOffset>(8), row.TimeOrNull(9));
}
