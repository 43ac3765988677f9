using System.Runtime.CompilerServices;

namespace McpSecure.Authorization;

/// <summary>Finds users who might administer, the likely ones first, in the transaction of a change. Whether they do is decided elsewhere.</summary>
internal static class AdministratorStore
{
    private const int PageSize = 100;

    /// <summary>Finds users who hold one of these roles, or a grant on everything, everywhere and for good.</summary>
    public static IAsyncEnumerable<Principal> PlatformCandidatesAsync(RightsChange change, string[] roles) =>
        InTurnAsync(
            change,
            [
                (
                    """
                    SELECT DISTINCT 1::smallint, principal_id FROM role_assignments
                    WHERE role = ANY($2) AND principal_kind = 1 AND organization_id IS NULL AND expires_at IS NULL AND principal_id > $1
                    ORDER BY principal_id LIMIT 100
                    """, [roles]),

                // What is allowed on everything has patterns of nothing but stars.
                (
                    """
                    SELECT DISTINCT 1::smallint, principal_id FROM grants
                    WHERE principal_kind = 1 AND organization_id IS NULL AND expires_at IS NULL AND effect = 1
                      AND resource_pattern ~ '^[*]+$' AND action_pattern ~ '^[*]+$' AND principal_id > $1
                    ORDER BY principal_id LIMIT 100
                    """, []),
            ]);

    /// <summary>Finds users who are members of an organization and hold one of these roles, or any grant that allows, there and for good.</summary>
    public static IAsyncEnumerable<Principal> OrganizationCandidatesAsync(RightsChange change, Guid organization, string[] roles) =>
        InTurnAsync(
            change,
            [
                (
                    """
                    SELECT DISTINCT 1::smallint, principal_id FROM role_assignments JOIN members USING (principal_kind, principal_id)
                    WHERE members.organization_id = $2 AND role = ANY($3) AND principal_kind = 1 AND expires_at IS NULL AND principal_id > $1
                      AND (role_assignments.organization_id = $2 OR role_assignments.organization_id IS NULL)
                    ORDER BY principal_id LIMIT 100
                    """, [organization, roles]),
                (
                    """
                    SELECT DISTINCT 1::smallint, principal_id FROM grants JOIN members USING (principal_kind, principal_id)
                    WHERE members.organization_id = $2 AND principal_kind = 1 AND expires_at IS NULL AND effect = 1 AND principal_id > $1
                      AND (grants.organization_id = $2 OR grants.organization_id IS NULL)
                      AND resource_pattern ~ '^[rm*?\[]' AND action_pattern ~ '^[cd*?\[]'
                    ORDER BY principal_id LIMIT 100
                    """, [organization]),
            ]);

    /// <summary>Lists the organizations that users among these principals are members of.</summary>
    public static Task<List<Guid>> OrganizationsOfAsync(RightsChange change, IReadOnlyCollection<Principal> principals) =>
        Sql.ReadAsync(
            change.Transaction,
            "SELECT DISTINCT organization_id FROM members WHERE principal_kind = 1 AND principal_id = ANY($1)",
            row => row.GetGuid(0),
            change.CancellationToken,
            Sql.Of([.. principals.Where(principal => principal.Kind == PrincipalKind.User).Select(principal => principal.Id)]));

    private static async IAsyncEnumerable<Principal> InTurnAsync(
        RightsChange change, (string Statement, object[] Values)[] statements, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var (statement, values) in statements)
        {
            var last = "";
            List<Principal> page;
            do
            {
                page = await Sql.ReadAsync(change.Transaction, statement, row => row.Principal(0), change.CancellationToken, [last, .. values]);
                foreach (var candidate in page)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    yield return candidate;
                }

                last = page.Count > 0 ? page[^1].Id : last;
            }
            while (page.Count == PageSize);
        }
    }
}
