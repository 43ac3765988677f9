using Npgsql;
using NpgsqlTypes;

namespace McpSecure.Auth;

/// <summary>Makes the parameters that Npgsql cannot guess.</summary>
internal static class Sql
{
    /// <summary>Makes a <c>timestamptz</c>.</summary>
    public static NpgsqlParameter Time(DateTimeOffset time) => new() { Value = time.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    /// <summary>Makes a <c>text</c> that may be NULL.</summary>
    public static NpgsqlParameter Text(string? text) => new() { Value = (object?)text ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
}
