using Npgsql;

namespace McpSecure.Authorization;

/// <summary>Reads what many principals hold that counts in one place, in as many statements as for one.</summary>
internal static class ManyHoldings
{
    /// <summary>Reads it in a transaction that sees a single moment, in the principals' order.</summary>
    public static async Task<IReadOnlyList<(Principal Principal, Holdings Holdings)>> ReadAsync(
        NpgsqlTransaction snapshot, Guid? organization, IReadOnlyList<Principal> principals, CancellationToken cancellationToken)
    {
        var kinds = new NpgsqlParameter { Value = principals.Select(principal => (short)principal.Kind).ToArray() };
        var ids = Sql.Of([.. principals.Select(principal => principal.Id)]);
        var revision = new Revision((long)(await Sql.ScalarAsync(snapshot, "SELECT value FROM revision", cancellationToken))!);
        var roles = await Sql.ReadAsync(
            snapshot,
            """
            SELECT kind, wanted.id, role, organization_id, subtree, expires_at
            FROM unnest($1, $2) AS wanted (kind, id) JOIN role_assignments ON principal_kind = kind AND principal_id = wanted.id
            WHERE organization_id IS NULL OR organization_id = $3
            ORDER BY role COLLATE "C", organization_id NULLS FIRST, subtree COLLATE "C" NULLS FIRST
            """,
            row => (Principal: row.Principal(0), Held: new HeldRole(row.GetString(2), row.IdOrNull(3), row.TextOrNull(4), row.TimeOrNull(5))),
            cancellationToken,
            kinds.Clone(),
            ids.Clone(),
            Sql.Of(organization));
        var grants = await Sql.ReadAsync(
            snapshot,
            """
            SELECT kind, wanted.id, grants.id, organization_id, resource_pattern, action_pattern, effect, second_factor, expires_at
            FROM unnest($1, $2) AS wanted (kind, id) JOIN grants ON principal_kind = kind AND principal_id = wanted.id
            WHERE organization_id IS NULL OR organization_id = $3
            ORDER BY grants.id
            """,
            row => (Principal: row.Principal(0), Held: new HeldGrant(row.GetGuid(2), row.IdOrNull(3), row.Permission(4), row.TimeOrNull(8))),
            cancellationToken,
            kinds.Clone(),
            ids.Clone(),
            Sql.Of(organization));
        var owned = await Sql.ReadAsync(
            snapshot,
            """
            SELECT kind, wanted.id, organization_id, resource
            FROM unnest($1, $2) AS wanted (kind, id) JOIN resources ON owner_kind = kind AND owner_id = wanted.id
            WHERE organization_id IS NULL OR organization_id = $3
            """,
            row => (Principal: row.Principal(0), Held: new OwnedResource(row.IdOrNull(2), row.GetString(3))),
            cancellationToken,
            kinds.Clone(),
            ids.Clone(),
            Sql.Of(organization));

        var rolesOf = roles.ToLookup(row => row.Principal, row => row.Held);
        var grantsOf = grants.ToLookup(row => row.Principal, row => row.Held);
        var ownedOf = owned.ToLookup(row => row.Principal, row => row.Held);
        return [.. principals.Select(one => (one, new Holdings([.. rolesOf[one]], [.. grantsOf[one]], [.. ownedOf[one]], revision)))];
    }
}
