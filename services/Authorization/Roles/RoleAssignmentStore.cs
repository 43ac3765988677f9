using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Authorization;

/// <summary>Keeps who holds which role. What has expired is neither listed nor found.</summary>
internal sealed class RoleAssignmentStore(ServiceDatabase database)
{
    private const string Columns = "principal_kind, principal_id, role, assigned_at, organization_id, subtree, expires_at";

    /// <summary>Lists what is held in an organization, or everywhere, behind an assignment: by role, then principal, then subtree.</summary>
    /// <param name="filter">What to list.</param>
    /// <param name="after">Role, kind, id and subtree of the last one before.</param>
    /// <param name="limit">The most to list.</param>
    /// <param name="now">The time at which it is held.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<List<RoleAssignment>> ListAsync(
        AssignmentFilter filter, (string Role, short Kind, string Id, string Subtree) after, int limit, DateTimeOffset now, CancellationToken cancellationToken) =>
        Sql.ReadAsync(
            database,
            $"""
            SELECT {Columns} FROM role_assignments
            WHERE {Sql.In(filter.Organization, "$1")} AND ($2 IS NULL OR (principal_kind = $2 AND principal_id = $3)) AND ($4 IS NULL OR role = $4)
              AND (expires_at IS NULL OR expires_at > $5)
              AND (role COLLATE "C", principal_kind, principal_id COLLATE "C", coalesce(subtree, '') COLLATE "C") > ($6, $7, $8, $9)
            ORDER BY role COLLATE "C", principal_kind, principal_id COLLATE "C", coalesce(subtree, '') COLLATE "C" LIMIT $10
            """,
            Read,
            cancellationToken,
            Sql.Of(filter.Organization),
            Sql.Of((short?)filter.Principal?.Kind),
            Sql.Of(filter.Principal?.Id),
            Sql.Of(filter.Role),
            now,
            after.Role,
            after.Kind,
            after.Id,
            after.Subtree,
            limit);

    /// <summary>Lists what a principal holds where a change is made, by role and subtree.</summary>
    public static Task<List<RoleAssignment>> HeldAsync(RightsChange change, Principal principal) =>
        Sql.ReadAsync(
            change.Transaction,
            $"""
            SELECT {Columns} FROM role_assignments
            WHERE principal_kind = $1 AND principal_id = $2 AND {Sql.In(change.Organization, "$3")} AND (expires_at IS NULL OR expires_at > $4)
            ORDER BY role COLLATE "C", subtree COLLATE "C" NULLS FIRST
            """,
            Read,
            change.CancellationToken,
            (short)principal.Kind,
            principal.Id,
            Sql.Of(change.Organization),
            change.Now);

    /// <summary>Adds an assignment.</summary>
    public static Task InsertAsync(RightsChange change, RoleAssignment assignment) =>
        Sql.ExecuteAsync(
            change.Transaction,
            """
            INSERT INTO role_assignments (id, principal_kind, principal_id, role, assigned_at, organization_id, subtree, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            change.CancellationToken,
            Guid.CreateVersion7(change.Now),
            (short)assignment.Principal.Kind,
            assignment.Principal.Id,
            assignment.Role,
            assignment.AssignedAt,
            Sql.Of(assignment.Organization),
            Sql.Of(assignment.Subtree),
            Sql.Of(assignment.ExpiresAt));

    /// <summary>Removes an assignment, or what is left of one that has expired.</summary>
    public static Task DeleteAsync(RightsChange change, Principal principal, string role, string? subtree) =>
        Sql.ExecuteAsync(
            change.Transaction,
            $"""
            DELETE FROM role_assignments
            WHERE principal_kind = $1 AND principal_id = $2 AND role = $3
              AND {Sql.In(change.Organization, "$4")} AND subtree IS NOT DISTINCT FROM $5
            """,
            change.CancellationToken,
            (short)principal.Kind,
            principal.Id,
            role,
            Sql.Of(change.Organization),
            Sql.Of(subtree));

    /// <summary>Finds who holds one of these roles where a change is made, some of them.</summary>
    public static Task<List<Principal>> HoldersAsync(RightsChange change, string[] roles, int limit) =>
        Sql.ReadAsync(
            change.Transaction,
            $"""
            SELECT DISTINCT principal_kind, principal_id FROM role_assignments
            WHERE role = ANY($1) AND {Sql.In(change.Organization, "$2")} AND (expires_at IS NULL OR expires_at > $3) LIMIT $4
            """,
            row => row.Principal(0),
            change.CancellationToken,
            roles,
            Sql.Of(change.Organization),
            change.Now,
            limit);

    private static RoleAssignment Read(NpgsqlDataReader row) => new(row.Principal(0), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3))
    {
        Organization = row.IdOrNull(4),
        Subtree = row.TextOrNull(5),
        ExpiresAt = row.TimeOrNull(6),
    };
}

/// <summary>Says which assignments are listed.</summary>
/// <param name="Organization">Those that count there alone; null: those that count everywhere.</param>
/// <param name="Principal">Whose; null: everybody's.</param>
/// <param name="Role">The role; null: any.</param>
internal sealed record AssignmentFilter(Guid? Organization, Principal? Principal, string? Role);
