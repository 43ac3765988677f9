using System.Collections.Immutable;
using System.Text.Json;
using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>Reads secrets from Postgres, sealed as they are.</summary>
internal sealed class SecretStore(ServiceDatabase database)
{
    private const string Description =
        "id, path, newest_version, max_versions, version_lifetime, check_required, custom_metadata::text, created_at, updated_at";

    /// <summary>Returns what is known of the secret at a path, or null.</summary>
    public async Task<SecretDescription?> FindAsync(string path, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand($"SELECT {Description} FROM secrets WHERE path = $1");
        select.Parameters.Add(new() { Value = path });
        return (await ReadAsync(select, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Returns the versions of a secret that are kept, oldest first.</summary>
    public async Task<IReadOnlyList<SecretVersion>> VersionsAsync(Guid secret, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand(
            "SELECT version, created_at, expires_at, deleted_at IS NOT NULL, destroyed_at IS NOT NULL FROM secret_versions WHERE secret = $1 ORDER BY version");
        select.Parameters.Add(new() { Value = secret });
        var versions = new List<SecretVersion>();
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            versions.Add(await VersionAsync(reader, 0, cancellationToken));
        }

        return versions;
    }

    /// <summary>Returns a version with its sealed value, the newest where <paramref name="version"/> is 0; null where it is not there or destroyed.</summary>
    public async Task<SealedVersion?> FindVersionAsync(string path, int version, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand(
            """
            SELECT s.id, v.sealed, v.version, v.created_at, v.expires_at, v.deleted_at IS NOT NULL, v.destroyed_at IS NOT NULL
            FROM secrets s JOIN secret_versions v ON v.secret = s.id
            WHERE s.path = $1 AND v.version = coalesce(nullif($2, 0), s.newest_version) AND v.sealed IS NOT NULL
            """);
        select.Parameters.Add(new() { Value = path });
        select.Parameters.Add(new() { Value = version });
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new SealedVersion(reader.GetGuid(0), await VersionAsync(reader, 2, cancellationToken), reader.GetString(1))
            : null;
    }

    /// <summary>Returns secrets whose paths begin with a prefix, in the order of their paths (by bytes), those after <paramref name="after"/>.</summary>
    public async Task<IReadOnlyList<SecretDescription>> ListAsync(string prefix, string after, int limit, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand(
            $"SELECT {Description} FROM secrets WHERE path ^@ $1 AND path > $2 ORDER BY path LIMIT $3");
        select.Parameters.Add(new() { Value = prefix });
        select.Parameters.Add(new() { Value = after });
        select.Parameters.Add(new() { Value = limit });
        return await ReadAsync(select, cancellationToken);
    }

    private static async Task<List<SecretDescription>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var secrets = new List<SecretDescription>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var settings = new SecretSettings(
                reader.GetInt32(3),
                await reader.IsDBNullAsync(4, cancellationToken) ? null : reader.GetTimeSpan(4),
                reader.GetBoolean(5),
                JsonSerializer.Deserialize<Dictionary<string, string>>(reader.GetString(6))!.ToImmutableSortedDictionary(StringComparer.Ordinal));
            secrets.Add(new SecretDescription(
                reader.GetGuid(0),
                reader.GetString(1),
                reader.GetInt32(2),
                settings,
                reader.GetFieldValue<DateTimeOffset>(7),
                reader.GetFieldValue<DateTimeOffset>(8)));
        }

        return secrets;
    }

    private static async Task<SecretVersion> VersionAsync(NpgsqlDataReader reader, int first, CancellationToken cancellationToken) => new(
        reader.GetInt32(first),
        reader.GetFieldValue<DateTimeOffset>(first + 1),
        await reader.IsDBNullAsync(first + 2, cancellationToken) ? null : reader.GetFieldValue<DateTimeOffset>(first + 2),
        reader.GetBoolean(first + 3),
        reader.GetBoolean(first + 4));
}

/// <summary>A version with its sealed value.</summary>
/// <param name="Secret">The id of its secret.</param>
/// <param name="Version">What is known of it.</param>
/// <param name="Value">The sealed value.</param>
internal sealed record SealedVersion(Guid Secret, SecretVersion Version, string Value);
