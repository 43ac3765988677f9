using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Authorization;

/// <summary>Keeps which resources are registered, and whose they are.</summary>
internal sealed class ResourceStore(ServiceDatabase database)
{
    private const string Columns = "organization_id, resource, owner_kind, owner_id, registered_at";

    /// <summary>Finds a resource; null where it is not registered.</summary>
    public async Task<RegisteredResource?> FindAsync(Guid? organization, string path, CancellationToken cancellationToken) =>
        (await Sql.ReadAsync(
            database,
            $"SELECT {Columns} FROM resources WHERE {Sql.In(organization, "$1")} AND resource = $2",
            Read,
            cancellationToken,
            Sql.Of(organization),
            path)).SingleOrDefault();

    /// <summary>Lists resources of an organization, or of the platform, behind a path, by path.</summary>
    public Task<List<RegisteredResource>> ListAsync(Guid? organization, Principal? owner, string after, int limit, CancellationToken cancellationToken) =>
        Sql.ReadAsync(
            database,
            $"""
            SELECT {Columns} FROM resources
            WHERE {Sql.In(organization, "$1")} AND ($2 IS NULL OR (owner_kind = $2 AND owner_id = $3)) AND resource COLLATE "C" > $4
            ORDER BY resource COLLATE "C" LIMIT $5
            """,
            Read,
            cancellationToken,
            Sql.Of(organization),
            Sql.Of((short?)owner?.Kind),
            Sql.Of(owner?.Id),
            after,
            limit);

    /// <summary>Lists paths of an organization, or of the platform, with a beginning and behind another, in the order of their bytes.</summary>
    public Task<List<string>> ListPathsAsync(Guid? organization, string prefix, string after, int limit, CancellationToken cancellationToken) =>
        Sql.ReadAsync(
            database,
            $"""
            SELECT resource FROM resources
            WHERE {Sql.In(organization, "$1")}
              AND resource COLLATE "C" >= $2 AND resource COLLATE "C" > $3 AND starts_with(resource, $2)
            ORDER BY resource COLLATE "C" LIMIT $4
            """,
            row => row.GetString(0),
            cancellationToken,
            Sql.Of(organization),
            prefix,
            after,
            limit);

    /// <summary>Finds a resource where a change is made; null where it is not registered.</summary>
    public static async Task<RegisteredResource?> FindAsync(RightsChange change, string path) =>
        (await Sql.ReadAsync(
            change.Transaction,
            $"SELECT {Columns} FROM resources WHERE {Sql.In(change.Organization, "$1")} AND resource = $2",
            Read,
            change.CancellationToken,
            Sql.Of(change.Organization),
            path)).SingleOrDefault();

    /// <summary>Tells whether something below a resource is registered to somebody else.</summary>
    public static async Task<bool> IsAboveAnothersAsync(RightsChange change, string path, Principal owner) =>
        await Sql.ScalarAsync(
            change.Transaction,
            $"""
            SELECT EXISTS (SELECT FROM resources
                WHERE {Sql.In(change.Organization, "$1")} AND resource COLLATE "C" > $2 AND resource COLLATE "C" < $3
                  AND (owner_kind, owner_id) <> ($4, $5))
            """,
            change.CancellationToken,
            Sql.Of(change.Organization),
            $"{path}/",

            // The character behind the slash.
            $"{path}0",
            (short)owner.Kind,
            owner.Id) is true;

    /// <summary>Tells whether something above a resource is registered to somebody else.</summary>
    public static async Task<bool> IsBelowAnothersAsync(RightsChange change, string path, Principal owner) =>
        await Sql.ScalarAsync(
            change.Transaction,
            $"""
            SELECT EXISTS (SELECT FROM resources
                WHERE {Sql.In(change.Organization, "$1")} AND resource = ANY ($2) AND (owner_kind, owner_id) <> ($3, $4))
            """,
            change.CancellationToken,
            Sql.Of(change.Organization),
            Sql.Of(AtAndAbove.Of(path)[1..]),
            (short)owner.Kind,
            owner.Id) is true;

    /// <summary>Counts what a principal owns anywhere.</summary>
    public static async Task<long> CountAsync(RightsChange change, Principal owner) =>
        (long)(await Sql.ScalarAsync(
            change.Transaction, "SELECT count(*) FROM resources WHERE owner_kind = $1 AND owner_id = $2", change.CancellationToken, (short)owner.Kind, owner.Id))!;

    /// <summary>Registers a resource, or gives the one that is registered to another owner.</summary>
    public static Task WriteAsync(RightsChange change, RegisteredResource resource) =>
        Sql.ExecuteAsync(
            change.Transaction,
            """
            INSERT INTO resources (id, organization_id, resource, owner_kind, owner_id, registered_at) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT ON CONSTRAINT resources_registered_once DO UPDATE SET owner_kind = excluded.owner_kind, owner_id = excluded.owner_id
            """,
            change.CancellationToken,
            Guid.CreateVersion7(change.Now),
            Sql.Of(change.Organization),
            resource.Path,
            (short)resource.Owner.Kind,
            resource.Owner.Id,
            resource.RegisteredAt);

    /// <summary>Removes a resource.</summary>
    public static Task DeleteAsync(RightsChange change, string path) =>
        Sql.ExecuteAsync(
            change.Transaction,
            $"DELETE FROM resources WHERE {Sql.In(change.Organization, "$1")} AND resource = $2",
            change.CancellationToken,
            Sql.Of(change.Organization),
            path);

    private static RegisteredResource Read(NpgsqlDataReader row) =>
        new(row.IdOrNull(0), row.GetString(1), row.Principal(2), row.GetFieldValue<DateTimeOffset>(4));
}
