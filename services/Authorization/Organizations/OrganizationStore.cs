using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Authorization;

/// <summary>Reads organizations and their members.</summary>
internal sealed class OrganizationStore(ServiceDatabase database)
{
    /// <summary>Finds an organization; null where there is none.</summary>
    public async Task<Organization?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        (await Sql.ReadAsync(
            database, "SELECT id, name, display_name, created_at FROM organizations WHERE id = $1", Read, cancellationToken, id)).SingleOrDefault();

    /// <summary>Tells whether a principal is a member of an organization; of one that is not there nobody is.</summary>
    public async Task<bool> IsMemberAsync(Guid organization, Principal principal, CancellationToken cancellationToken) =>
        (await Sql.ReadAsync(
            database,
            "SELECT 1 FROM members WHERE organization_id = $1 AND principal_kind = $2 AND principal_id = $3",
            row => row.GetInt32(0),
            cancellationToken,
            organization,
            (short)principal.Kind,
            principal.Id)).Count > 0;

    /// <summary>Lists organizations behind an id, the oldest first.</summary>
    /// <param name="after">The id behind which the page begins.</param>
    /// <param name="memberOnly">A principal to whose organizations the list is bound; null: all.</param>
    /// <param name="limit">The most to list.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<List<Organization>> ListAsync(Guid after, Principal? memberOnly, int limit, CancellationToken cancellationToken) =>
        Sql.ReadAsync(
            database,
            """
            SELECT id, name, display_name, created_at FROM organizations
            WHERE id > $1 AND ($2 IS NULL OR EXISTS (
                SELECT FROM members WHERE organization_id = id AND principal_kind = $2 AND principal_id = $3))
            ORDER BY id LIMIT $4
            """,
            Read,
            cancellationToken,
            after,
            Sql.Of((short?)memberOnly?.Kind),
            Sql.Of(memberOnly?.Id),
            limit);

    /// <summary>Lists members behind one, by kind and id.</summary>
    public Task<List<Member>> ListMembersAsync(Guid organization, short afterKind, string afterId, int limit, CancellationToken cancellationToken) =>
        Sql.ReadAsync(
            database,
            """
            SELECT principal_kind, principal_id, joined_at FROM members
            WHERE organization_id = $1 AND (principal_kind, principal_id) > ($2, $3)
            ORDER BY principal_kind, principal_id LIMIT $4
            """,
            row => new Member(row.Principal(0), row.GetFieldValue<DateTimeOffset>(2)),
            cancellationToken,
            organization,
            afterKind,
            afterId,
            limit);

    /// <summary>Reads an organization from its four columns.</summary>
    public static Organization Read(NpgsqlDataReader row) => new(row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3));
}
