using McpSecure.Testing;
using Npgsql;
using StackExchange.Redis;

namespace McpSecure.ServiceDefaults.Tests;

public sealed class ServerFixtureTests
{
    [Fact]
    public async Task Postgres_KilledAndStartedAgain_KeepsWhatWasCommitted()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var database = NpgsqlDataSource.Create(await server.CreateDatabaseAsync());
        await ExecuteAsync(database, "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)");

        await server.KillAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(database, "SELECT 1"));
        await server.StartAsync();

        database.Clear();
        await using var count = database.CreateCommand("SELECT count(*) FROM kept");
        Assert.Equal(1L, await count.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Postgres_Frozen_AnswersNothingUntilThawed()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var database = NpgsqlDataSource.Create(await server.CreateDatabaseAsync());
        await using var connection = await database.OpenConnectionAsync();
        await using var select = new NpgsqlCommand("SELECT 1", connection);
        await select.ExecuteScalarAsync();

        server.Freeze();
        var answer = select.ExecuteScalarAsync();
        await Assert.ThrowsAsync<TimeoutException>(() => answer.WaitAsync(TimeSpan.FromMilliseconds(300)));
        server.Thaw();

        Assert.Equal(1, await answer.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Postgres_TwoDatabases_DoNotSeeEachOther()
    {
        var server = await PostgresServer.SharedAsync();
        await using var one = NpgsqlDataSource.Create(await server.CreateDatabaseAsync());
        await using var other = NpgsqlDataSource.Create(await server.CreateDatabaseAsync());

        await ExecuteAsync(one, "CREATE TABLE mine (id int)");

        var error = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(other, "SELECT * FROM mine"));
        Assert.Equal(PostgresErrorCodes.UndefinedTable, error.SqlState);
    }

    [Fact]
    public async Task Redis_StoppedAndStartedAgain_IsEmpty()
    {
        await using var server = await RedisServer.StartNewAsync();
        using var redis = await ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},abortConnect=false");
        await redis.GetDatabase().StringSetAsync("key", "value");

        await server.StopAsync();
        await server.StartAsync();

        using var again = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
        Assert.False(await again.GetDatabase().KeyExistsAsync("key"));
    }

    [Fact]
    public async Task Disposed_Servers_LeaveNeitherProcessNorFolder()
    {
        var folders = Folders();
        var postgres = await PostgresServer.StartNewAsync();
        var redis = await RedisServer.StartNewAsync();
        var made = Folders().Except(folders).ToList();
        Assert.True(made.Count >= 2);

        await postgres.DisposeAsync();
        await redis.DisposeAsync();

        Assert.DoesNotContain($"{postgres.Port}", await ListenersAsync());
        Assert.DoesNotContain($"{redis.Port}", await ListenersAsync());
        Assert.True(made.Count(Directory.Exists) <= made.Count - 2);
    }

    private static List<string> Folders() => [.. Directory.GetDirectories(Path.GetTempPath(), "mcpsecure-*")];

    private static Task<IReadOnlyList<string>> ListenersAsync() => Task.FromResult<IReadOnlyList<string>>(
        [.. System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(endpoint => $"{endpoint.Port}")]);

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
