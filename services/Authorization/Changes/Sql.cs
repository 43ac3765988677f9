using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.Authorization;

/// <summary>Runs statements in the transaction of a change. A null parameter needs its type: <see cref="Of(Guid?)"/> and its like.</summary>
internal static class Sql
{
    /// <summary>Runs a statement and returns how many rows it changed.</summary>
    public static async Task<int> ExecuteAsync(NpgsqlTransaction transaction, string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = Command(transaction, sql, values);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Returns the first value of the first row; null where there is no row.</summary>
    public static async Task<object?> ScalarAsync(NpgsqlTransaction transaction, string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = Command(transaction, sql, values);
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>Reads all rows.</summary>
    public static async Task<List<T>> ReadAsync<T>(
        NpgsqlTransaction transaction, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = Command(transaction, sql, values);
        return await ReadAsync(command, read, cancellationToken);
    }

    /// <summary>Reads all rows of a statement that stands alone.</summary>
    public static async Task<List<T>> ReadAsync<T>(
        ServiceDefaults.ServiceDatabase database, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.AddRange(Parameters(values));
        return await ReadAsync(command, read, cancellationToken);
    }

    /// <summary>Reads what belongs together: all statements see one moment (PostgreSQL manual, 13.2.2).</summary>
    public static async Task<T> InSnapshotAsync<T>(
        ServiceDefaults.ServiceDatabase database, Func<NpgsqlTransaction, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var result = await read(snapshot);
        await snapshot.CommitAsync(cancellationToken);
        return result;
    }

    /// <summary>
    /// Says that a row belongs to an organization, or to none, in a way that an index can follow: IS NOT DISTINCT FROM has none. The parameter is
    /// given either way, with its type (<see cref="Of(Guid?)"/>).
    /// </summary>
    public static string In(Guid? organization, string parameter) => organization is null ? "organization_id IS NULL" : $"organization_id = {parameter}";

    /// <summary>Gives a parameter that may be null its type.</summary>
    public static NpgsqlParameter Of(Guid? value) => new() { Value = value is { } id ? id : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid };

    /// <inheritdoc cref="Of(Guid?)"/>
    public static NpgsqlParameter Of(string? value) => new() { Value = value ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    /// <inheritdoc cref="Of(Guid?)"/>
    public static NpgsqlParameter Of(short? value) => new() { Value = value is { } number ? number : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Smallint };

    /// <inheritdoc cref="Of(Guid?)"/>
    public static NpgsqlParameter Of(DateTimeOffset? value) => new() { Value = value is { } time ? time : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    /// <summary>Makes one parameter of texts, which alone would be taken for all parameters.</summary>
    public static NpgsqlParameter Of(string[] values) => new() { Value = values };

    /// <summary>Reads a time that may be null.</summary>
    public static DateTimeOffset? TimeOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    /// <summary>Reads an id that may be null.</summary>
    public static Guid? IdOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetGuid(column);

    /// <summary>Reads a text that may be null.</summary>
    public static string? TextOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    /// <summary>Reads a principal from his kind and his id.</summary>
    public static Principal Principal(this NpgsqlDataReader row, int column) =>
        Authorization.Principal.Of((PrincipalKind)row.GetInt16(column), row.GetString(column + 1))
        ?? throw new InvalidOperationException("The database has a principal that is none.");

    /// <summary>Reads a permission from its patterns, its effect and whether it demands a second factor.</summary>
    public static Permission Permission(this NpgsqlDataReader row, int column) =>
        new(new ServiceDefaults.FnmatchPattern(row.GetString(column)), new ServiceDefaults.FnmatchPattern(row.GetString(column + 1)))
        {
            // What this version does not know denies.
            Effect = row.GetInt16(column + 2) == (short)Effect.Allow ? Effect.Allow : Effect.Deny,
            SecondFactor = row.GetBoolean(column + 3),
        };

    /// <summary>Cuts a time to what Postgres keeps, so that what is answered is what is stored.</summary>
    public static DateTimeOffset ToMicroseconds(this DateTimeOffset time)
    {
        var utc = time.ToUniversalTime();
        return new(utc.Ticks - (utc.Ticks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
    }

    private static async Task<List<T>> ReadAsync<T>(NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private static NpgsqlCommand Command(NpgsqlTransaction transaction, string sql, object[] values)
    {
        var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        command.Parameters.AddRange(Parameters(values));
        return command;
    }

    private static NpgsqlParameter[] Parameters(object[] values) =>
        [.. values.Select(value => value as NpgsqlParameter ?? new NpgsqlParameter { Value = value })];
}
