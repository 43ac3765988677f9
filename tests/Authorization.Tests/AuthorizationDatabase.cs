using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace McpSecure.Authorization.Tests;

/// <summary>Gives a test class a database with this service's migrations applied, as the service itself applies them.</summary>
public sealed class AuthorizationDatabase : IAsyncLifetime
{
    private IHost? host;

    public string ConnectionString { get; private set; } = "";

    public NpgsqlDataSource DataSource => host!.Services.GetRequiredService<NpgsqlDataSource>();

    public async Task InitializeAsync()
    {
        ConnectionString = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration["ConnectionStrings:authorizationdb"] = ConnectionString;
        builder.AddDatabase("authorizationdb", typeof(Callers).Assembly);
        host = builder.Build();
        await host.StartAsync();
        await host.Services.GetRequiredService<DatabaseReadiness>().WaitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token);
    }

    public async Task DisposeAsync()
    {
        await host!.StopAsync();
        host.Dispose();
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
