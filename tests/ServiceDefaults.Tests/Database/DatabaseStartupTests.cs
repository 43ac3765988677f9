using System.Net;
using Grpc.Core;
using McpSecure.Testing;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>A host whose database is away, late, restarted, or not its own.</summary>
public sealed class DatabaseStartupTests : IAsyncLifetime
{
    private readonly TestPki pki = new();
    private PostgresServer server = null!;
    private string connectionString = "";

    public async Task InitializeAsync()
    {
        server = await PostgresServer.StartNewAsync();
        connectionString = await server.CreateDatabaseAsync();
    }

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        pki.Dispose();
    }

    [Fact]
    public async Task Start_WithoutPostgres_WaitsRefusesCallsAndRecovers()
    {
        await server.StopAsync();
        await using var host = await StartAsync();
        using var client = host.As("friend", options => options.MaxAttempts = 1);

        var (status, body) = await HealthAsync(host);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.StartsWith("""{"status":"waiting","waiting_for":["probedb: Waits for Postgres""", body, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", body, StringComparison.Ordinal);
        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.EchoAsync(new EchoRequest()));
        Assert.Equal((StatusCode.Unavailable, "This service waits for its database: try again."), (refusal.StatusCode, refusal.Status.Detail));
        await host.Log.FindAsync("Waits for Postgres: it does not answer.");

        await server.StartAsync();
        await Until.TrueAsync(async () => (await HealthAsync(host)).Status == HttpStatusCode.OK);
        await client.Probe.EchoAsync(new EchoRequest());
    }

    [Fact]
    public async Task Start_BeforeTheDatabaseIsCreated_WaitsForIt()
    {
        await using var host = await StartAsync(server.ConnectionString("late"));
        await host.Log.FindAsync("Waits for Postgres: its database does not exist yet.");

        await using var admin = NpgsqlDataSource.Create(server.ConnectionString("postgres"));
        await using var create = admin.CreateCommand("CREATE DATABASE late");
        await create.ExecuteNonQueryAsync();

        await Until.TrueAsync(async () => (await HealthAsync(host)).Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Start_WithAWrongPassword_WaitsAndSaysSoWithoutThePassword()
    {
        await using var host = await StartAsync($"{connectionString};Password=wrong-sentinel");

        await host.Log.FindAsync("Waits for Postgres: it refuses the user name or password of the connection string.");

        Assert.DoesNotContain(host.Log.Lines, line => line.Contains("wrong-sentinel", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_PostgresRestartedWhileMigrating_GoesOnAfterwards()
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        var migrator = Migrator(database, new Migration(1, "slow", "CREATE TABLE slow (id int); SELECT pg_sleep(1); INSERT INTO slow VALUES (1);"));
        var readiness = new DatabaseReadiness(database, TimeProvider.System);
        using var startup = new DatabaseStartup(migrator, database, readiness, new Lifetime(), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<DatabaseStartup>.Instance);

        await startup.StartAsync(CancellationToken.None);
        await Task.Delay(500);
        await server.KillAsync();
        Assert.False(readiness.IsMigrated);
        await server.StartAsync();
        await readiness.WaitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));

        database.Clear();
        await using var count = database.CreateCommand("SELECT count(*) FROM slow");
        Assert.Equal(1L, await count.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Start_OnADatabaseOfANewerBinary_StopsTheHostWithASentence()
    {
        await using (var first = await StartAsync())
        {
            await Until.TrueAsync(async () => (await HealthAsync(first)).Status == HttpStatusCode.OK);
        }

        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var insert = database.CreateCommand(
            "INSERT INTO schema_migrations (series, number, name, sha256) VALUES ('McpSecure.ServiceDefaults.Tests', 2, 'newer', '')");
        await insert.ExecuteNonQueryAsync();

        try
        {
            await using var second = await StartAsync();
            await second.App.WaitForShutdownAsync().WaitAsync(TimeSpan.FromSeconds(30));

            await second.Log.FindAsync(
                "Critical The service stops: The database holds migration 0002_newer of McpSecure.ServiceDefaults.Tests, "
                + "which is newer than this binary: start a newer one.");
            Assert.Equal(1, Environment.ExitCode);
        }
        finally
        {
            Environment.ExitCode = 0;
        }
    }

    [Fact]
    public async Task Health_PostgresHangs_IsNotReadyWithinSecondsAndRecovers()
    {
        await using var host = await StartAsync();
        await Until.TrueAsync(async () => (await HealthAsync(host)).Status == HttpStatusCode.OK);

        server.Freeze();
        for (var i = 0; i < 2; i++)
        {
            var begun = TimeProvider.System.GetTimestamp();
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await HealthAsync(host)).Status);
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(5));
        }

        server.Thaw();
        await Until.TrueAsync(async () => (await HealthAsync(host)).Status == HttpStatusCode.OK);
    }

    private static DatabaseMigrator Migrator(NpgsqlDataSource database, params Migration[] migrations) => new(
        database,
        [MigrationSeries.Checked("Test", migrations)],
        TimeProvider.System,
        Microsoft.Extensions.Logging.Abstractions.NullLogger<DatabaseMigrator>.Instance);

    private static async Task<(HttpStatusCode Status, string Body)> HealthAsync(ProbeHost host)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(host.HealthAddress, "/health"));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private Task<ProbeHost> StartAsync() => StartAsync(connectionString);

    private Task<ProbeHost> StartAsync(string connection) => ProbeHost.StartAsync(
        pki,
        configure: builder => builder.AddDatabase("probedb", typeof(DatabaseStartupTests).Assembly),
        settings: ("ConnectionStrings:probedb", connection));

    private sealed class Lifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => Assert.Fail("The host was stopped.");
    }
}
