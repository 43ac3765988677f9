using System.Net;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.ApiKey;

/// <summary>Writes keys into rows of the table <c>api_keys</c> and reads them.</summary>
internal static class KeyRow
{
    public const string Columns =
        """
        id, owner_id, name, scopes, secret_hash, created_at, expires_at, revoked_at, prefix, organization_id, permissions::text, allowed_networks::text[],
        rate_requests, rate_period, rate_burst, metadata::text, disabled_at, disabled_by, successor_id, rotation_id,
        (SELECT used.last_used_at FROM api_key_last_uses used WHERE used.api_key_id = api_keys.id)
        """;

    /// <summary>The values of a row in the order of <see cref="Parameters"/>, from <c>$1</c>.</summary>
    public const string Values = "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text[]::cidr[], $13, $14, $15, $16, $17, $18, $19, $20";

    /// <summary>The columns of <see cref="Values"/>, as an insert names them.</summary>
    public const string Names =
        """
        id, owner_id, name, scopes, secret_hash, created_at, expires_at, revoked_at, prefix, organization_id, permissions, allowed_networks,
        rate_requests, rate_period, rate_burst, metadata, disabled_at, disabled_by, successor_id, rotation_id
        """;

    /// <summary>Gives the parameters of a row.</summary>
    public static NpgsqlParameter[] Parameters(ApiKeyRecord key) =>
    [
        new() { Value = key.Id.Value },
        new() { Value = key.OwnerId },
        new() { Value = key.Name },
        new() { Value = key.Scopes.ToArray() },
        new() { Value = key.SecretHash.Text },
        Time(key.CreatedAt),
        Time(key.ExpiresAt),
        Time(key.RevokedAt),
        new() { Value = key.Prefix },
        Id(key.OrganizationId),
        Json(key.Permissions.Select(one => new[] { one.Resource.Text, one.Action.Text }).ToArray()),
        new() { Value = key.AllowedNetworks.Select(network => network.ToString()).ToArray() },
        Optional(key.RateLimit?.Requests, NpgsqlDbType.Integer),
        Optional(key.RateLimit?.Period, NpgsqlDbType.Interval),
        Optional(key.RateLimit?.Burst, NpgsqlDbType.Integer),
        Json(key.Metadata),
        Time(key.DisabledAt),
        Id(key.DisabledBy),
        Id(key.SuccessorId?.Value),
        Id(key.RotationId),
    ];

    public static NpgsqlParameter Time(DateTimeOffset? time) => Optional(time?.ToUniversalTime(), NpgsqlDbType.TimestampTz);

    public static NpgsqlParameter Id(Guid? id) => Optional(id, NpgsqlDbType.Uuid);

    /// <summary>Reads the key that a command answers; null where it answers none.</summary>
    public static async Task<ApiKeyRecord?> ReadOneAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    /// <summary>Reads the keys that a command answers.</summary>
    public static async Task<IReadOnlyList<ApiKeyRecord>> ReadAllAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var keys = new List<ApiKeyRecord>();
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(Read(reader));
        }

        return keys;
    }

    private static ApiKeyRecord Read(NpgsqlDataReader row) => new(
        new ApiKeyId(row.GetGuid(0)),
        row.GetGuid(1),
        row.GetString(2),
        row.GetFieldValue<string[]>(3),
        new SecretHash(row.GetString(4)),
        row.GetFieldValue<DateTimeOffset>(5),
        TimeAt(row, 6),
        TimeAt(row, 7))
    {
        Prefix = row.GetString(8),
        OrganizationId = IdAt(row, 9),
        Permissions = [.. JsonSerializer.Deserialize<string[][]>(row.GetString(10))!.Select(pair => KeyPermission.Of(pair[0], pair[1]))],
        AllowedNetworks = [.. row.GetFieldValue<string[]>(11).Select(IPNetwork.Parse)],
        RateLimit = row.IsDBNull(12) ? null : new(row.GetInt32(12), row.GetTimeSpan(13), row.GetInt32(14)),
        Metadata = JsonSerializer.Deserialize<Dictionary<string, string>>(row.GetString(15))!,
        DisabledAt = TimeAt(row, 16),
        DisabledBy = IdAt(row, 17),
        SuccessorId = IdAt(row, 18) is { } successor ? new ApiKeyId(successor) : null,
        RotationId = IdAt(row, 19),
        LastUsedAt = TimeAt(row, 20),
    };

    private static NpgsqlParameter Optional<T>(T? value, NpgsqlDbType type)
        where T : struct => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = type };

    private static NpgsqlParameter Json<T>(T value) => new() { Value = JsonSerializer.Serialize(value), NpgsqlDbType = NpgsqlDbType.Jsonb };

    private static DateTimeOffset? TimeAt(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static Guid? IdAt(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetGuid(column);
}
