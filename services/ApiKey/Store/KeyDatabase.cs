using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.ApiKey;

/// <summary>
/// Begins transactions over keys: each says first, until its own end, which rows it may see. The one place that does; what is asked outside of it
/// sees no row, since row-level security is forced on the tables' owner too.
/// </summary>
internal sealed class KeyDatabase(ServiceDatabase database)
{
    /// <summary>Begins a transaction. What is not committed is rolled back when it is disposed of.</summary>
    public async Task<KeyTransaction> BeginAsync(RowScope scope, CancellationToken cancellationToken)
    {
        var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            // READ COMMITTED: a statement sees what whoever held a lock before us committed.
            var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using var say = new NpgsqlCommand(
                """
                SELECT set_config('mcpsecure.owner', $1, true), set_config('mcpsecure.organization', $2, true), set_config('mcpsecure.key_id', $3, true),
                       set_config('mcpsecure.lookups', $4, true), set_config('mcpsecure.administrator', $5, true)
                """,
                connection,
                transaction)
            {
                Parameters =
                {
                    new() { Value = $"{scope.Owner}" },
                    new() { Value = $"{scope.Organization}" },
                    new() { Value = $"{scope.Key}" },
                    new() { Value = string.Join(',', scope.Lookups.Select(lookup => lookup.ToHex())) },
                    new() { Value = scope.IsAdministrator ? "on" : "" },
                },
            };
            await say.ExecuteNonQueryAsync(cancellationToken);
            return new(connection, transaction);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}

/// <summary>A transaction that sees the rows of its scope.</summary>
internal sealed class KeyTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
{
    /// <summary>Gets the transaction itself, for the audit outbox.</summary>
    public NpgsqlTransaction Inner => transaction;

    /// <summary>Makes a command with its parameters in order; a null is of no type.</summary>
    public NpgsqlCommand Command(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlCommand(sql, connection, transaction);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }

    public Task CommitAsync(CancellationToken cancellationToken) => transaction.CommitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
