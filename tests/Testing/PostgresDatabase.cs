using Npgsql;
using Xunit;

namespace McpSecure.Testing;

/// <summary>Gives a test class an empty database of its own on the shared server: <c>IClassFixture&lt;PostgresDatabase&gt;</c>.</summary>
public sealed class PostgresDatabase : IAsyncLifetime
{
    private NpgsqlDataSource? dataSource;

    /// <summary>Gets the connection string.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Gets a pool of connections to it.</summary>
    public NpgsqlDataSource DataSource => dataSource ?? throw new InvalidOperationException("The fixture is not initialized yet.");

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        var server = await PostgresServer.SharedAsync();
        ConnectionString = await server.CreateDatabaseAsync();
        dataSource = NpgsqlDataSource.Create(ConnectionString);
    }

    /// <inheritdoc/>
    public async Task DisposeAsync() => await DataSource.DisposeAsync();
}
