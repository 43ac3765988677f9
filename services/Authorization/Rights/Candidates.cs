using Npgsql;

namespace McpSecure.Authorization;

/// <summary>Principals who might be allowed something, what each holds, and the roles of the organization in which is asked: all of one moment.</summary>
internal sealed record Candidates(IReadOnlyList<(Principal Principal, Holdings Holdings)> Holdings, OrganizationRoles Roles, Revision Revision)
{
    /// <summary>Finds them, by kind, then by id. Nobody else can be allowed anything: a rule of theirs would be among these.</summary>
    public static Task<List<Principal>> FindAsync(
        NpgsqlTransaction snapshot, Guid? organization, string resource, (short Kind, string Id) after, int limit, CancellationToken cancellationToken) =>
        Sql.ReadAsync(
            snapshot,
            $"""
            (SELECT DISTINCT principal_kind, principal_id FROM role_assignments
             WHERE (organization_id IS NULL OR organization_id = $1) AND (principal_kind, principal_id) > ($3, $4)
             ORDER BY principal_kind, principal_id LIMIT $5)
            UNION
            (SELECT DISTINCT principal_kind, principal_id FROM grants
             WHERE (organization_id IS NULL OR organization_id = $1) AND (principal_kind, principal_id) > ($3, $4)
             ORDER BY principal_kind, principal_id LIMIT $5)
            UNION
            (SELECT owner_kind, owner_id FROM resources
             WHERE {Sql.In(organization, "$1")} AND resource = ANY ($2) AND (owner_kind, owner_id) > ($3, $4))
            ORDER BY principal_kind, principal_id LIMIT $5
            """,
            row => row.Principal(0),
            cancellationToken,
            Sql.Of(organization),
            Sql.Of(AtAndAbove.Of(resource)),
            after.Kind,
            after.Id,
            limit);
}
