using McpSecure.ServiceDefaults;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.Authorization;

/// <summary>
/// Reads from Postgres what principals hold and which roles organizations have made. Each read is of one moment: the revision that comes with
/// it is exactly what is in it.
/// </summary>
internal sealed class RightsStore(ServiceDatabase database)
{
    /// <summary>Reads what a principal holds.</summary>
    public Task<Holdings> ReadAsync(Principal principal, CancellationToken cancellationToken) =>
        Sql.InSnapshotAsync(database, snapshot => ReadAsync(snapshot, principal, cancellationToken), cancellationToken);

    /// <summary>Reads the roles that an organization made for itself; none where there is no such organization.</summary>
    public Task<OrganizationRoles> ReadRolesAsync(Guid organization, CancellationToken cancellationToken) =>
        Sql.InSnapshotAsync(database, snapshot => ReadRolesAsync(snapshot, organization, cancellationToken), cancellationToken);

    /// <summary>Reads who might be allowed something on a resource: whoever holds a role, has a grant or owns it or what is above it, there or everywhere.</summary>
    /// <param name="organization">In which organization; null: on the platform itself.</param>
    /// <param name="resource">On what.</param>
    /// <param name="after">Behind whom to begin: his kind and his id.</param>
    /// <param name="limit">The most to read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<Candidates> ReadCandidatesAsync(
        Guid? organization, string resource, (short Kind, string Id) after, int limit, CancellationToken cancellationToken) =>
        Sql.InSnapshotAsync(
            database,
            async snapshot =>
            {
                var principals = await Candidates.FindAsync(snapshot, organization, resource, after, limit, cancellationToken);
                return new Candidates(
                    await ManyHoldings.ReadAsync(snapshot, organization, principals, cancellationToken),
                    organization is { } id ? await ReadRolesAsync(snapshot, id, cancellationToken) : OrganizationRoles.OfPlatform,
                    new((long)(await Sql.ScalarAsync(snapshot, "SELECT value FROM revision", cancellationToken))!));
            },
            cancellationToken);

    /// <summary>
    /// Reads what a principal may do in an organization, or on the platform, in a transaction: one that sees a single moment, or holds the lock of
    /// all changes.
    /// </summary>
    public static async Task<Rights> ReadRightsAsync(
        NpgsqlTransaction transaction, Principal principal, Guid? organization, DateTimeOffset now, CancellationToken cancellationToken) =>
        new(
            PrincipalRights.Compile(await ReadAsync(transaction, principal, cancellationToken), now),
            organization is { } id ? await ReadRolesAsync(transaction, id, cancellationToken) : OrganizationRoles.OfPlatform);

    /// <summary>Reads what a principal holds, in a transaction as for <see cref="ReadRightsAsync"/>.</summary>
    public static async Task<Holdings> ReadAsync(NpgsqlTransaction transaction, Principal principal, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction)
        {
            BatchCommands =
            {
                new("SELECT value FROM revision"),
                Select(
                    """
                    SELECT role, organization_id, subtree, expires_at FROM role_assignments
                    WHERE principal_kind = $1 AND principal_id = $2
                    ORDER BY role COLLATE "C", organization_id NULLS FIRST, subtree COLLATE "C" NULLS FIRST
                    """,
                    principal),
                Select(
                    """
                    SELECT id, organization_id, resource_pattern, action_pattern, effect, second_factor, expires_at FROM grants
                    WHERE principal_kind = $1 AND principal_id = $2
                    ORDER BY id
                    """,
                    principal),
                Select("SELECT organization_id, resource FROM resources WHERE owner_kind = $1 AND owner_id = $2", principal),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);

        var revision = await ReadRevisionAsync(reader, cancellationToken);
        var roles = await ReadAllAsync(
            reader,
            row => new HeldRole(row.GetString(0), row.IdOrNull(1), row.TextOrNull(2), row.TimeOrNull(3)),
            cancellationToken);
        var grants = await ReadAllAsync(
            reader,
            row => new HeldGrant(row.GetGuid(0), row.IdOrNull(1), row.Permission(2), row.TimeOrNull(6)),
            cancellationToken);
        var owned = await ReadAllAsync(reader, row => new OwnedResource(row.IdOrNull(0), row.GetString(1)), cancellationToken);
        return new(roles, grants, owned, revision);
    }

    /// <summary>Reads the roles that an organization made for itself, in a transaction as for <see cref="ReadRightsAsync"/>.</summary>
    public static async Task<OrganizationRoles> ReadRolesAsync(NpgsqlTransaction transaction, Guid organization, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction)
        {
            BatchCommands =
            {
                new("SELECT value FROM revision"),
                Select("SELECT id, name, description FROM roles WHERE organization_id = $1 ORDER BY name COLLATE \"C\"", organization),
                Select(
                    """
                    SELECT role_id, resource_pattern, action_pattern, effect, second_factor
                    FROM role_permissions JOIN roles ON roles.id = role_id
                    WHERE organization_id = $1
                    ORDER BY role_id, position
                    """,
                    organization),
                Select(
                    """
                    SELECT role_id, included FROM role_inclusions JOIN roles ON roles.id = role_id
                    WHERE organization_id = $1
                    ORDER BY role_id, included COLLATE "C"
                    """,
                    organization),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);

        var revision = await ReadRevisionAsync(reader, cancellationToken);
        var roles = await ReadAllAsync(reader, row => (Id: row.GetGuid(0), Name: row.GetString(1), Description: row.GetString(2)), cancellationToken);
        var permissions = (await ReadAllAsync(reader, row => (Role: row.GetGuid(0), Permission: row.Permission(1)), cancellationToken))
            .ToLookup(row => row.Role, row => row.Permission);
        var includes = (await ReadAllAsync(reader, row => (Role: row.GetGuid(0), Included: row.GetString(1)), cancellationToken))
            .ToLookup(row => row.Role, row => row.Included);
        return new(
            organization,
            [.. roles.Select(role => new Role(role.Name, role.Description, [.. permissions[role.Id]]) { Includes = [.. includes[role.Id]] })],
            revision);
    }

    private static NpgsqlBatchCommand Select(string sql, Principal principal) => new(sql)
    {
        Parameters = { new() { Value = (short)principal.Kind }, new() { Value = principal.Id } },
    };

    private static NpgsqlBatchCommand Select(string sql, Guid organization) => new(sql)
    {
        Parameters = { new() { Value = organization, NpgsqlDbType = NpgsqlDbType.Uuid } },
    };

    private static async Task<Revision> ReadRevisionAsync(NpgsqlDataReader reader, CancellationToken cancellationToken) =>
        await reader.ReadAsync(cancellationToken) ? new(reader.GetInt64(0)) : throw new InvalidOperationException("The database has no revision.");

    // Of the next statement.
    private static async Task<List<T>> ReadAllAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken);
        var all = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            all.Add(read(reader));
        }

        return all;
    }
}
