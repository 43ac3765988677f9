using McpSecure.Audit.V1;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static McpSecure.Authorization.Tests.AuthorizationPlatform;

namespace McpSecure.Authorization.Tests;

/// <summary>Changes of rights wait for one lock, and nothing else waits for them.</summary>
public sealed class ChangeLockTests(AuthorizationPlatform platform) : IClassFixture<AuthorizationPlatform>
{
    private const long LockKey = 0x4D637053_6563526C;
    private const int Waiting = 150;
    private const int Asked = 20;

    // More than there are connections: whoever floods changes must not make every decision that is not in memory a denial.
    [Fact]
    public async Task Attack_FloodOfChanges_WaitingForTheLock_TakesNoConnectionFromDecisions()
    {
        var users = new List<Guid>();
        for (var i = 0; i < Waiting; i++)
        {
            users.Add(await platform.UserAsync());
        }

        var (cli, decisions) = (platform.As("cli"), platform.As("webshop").Decisions);
        await decisions.CheckPermissionAsync(new() { Question = Question(Guid.Empty, "servers", "read") });
        await using var database = NpgsqlDataSource.Create(platform.Database);
        await using var holder = await database.OpenConnectionAsync();
        await ExecuteAsync(holder, $"SELECT pg_advisory_lock({LockKey})");

        var changes = users.Select(user => cli.Roles.AssignRoleAsync(new() { Principal = Of(user), Role = "viewer" }, platform.Administrator).ResponseAsync).ToArray();
        while (await CountWaitingAsync(holder) == 0)
        {
            await Task.Yield();
        }

        foreach (var user in users.Take(Asked))
        {
            Assert.False((await decisions.CheckPermissionAsync(new() { Question = Question(user, "servers", "read") })).Allowed);
        }

        Assert.Equal(1, await CountWaitingAsync(holder));
        await ExecuteAsync(holder, $"SELECT pg_advisory_unlock({LockKey})");

        // On a busy machine some have waited longer than their callers would.
        await Task.WhenAll(changes.Select(change => change.ContinueWith(_ => { }, TaskScheduler.Default)));
        Assert.Contains(changes, change => change.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Lock_OfAReplicaThatFreezes_IsLostAfterAWhile()
    {
        var order = new ChangeOrder(new Authority(Principal.User(Guid.Empty), [], SecondFactor: false), Organization: null, Needs: null, DryRun: null, new AuditEvent());

        var bound = await platform.First.Services.GetRequiredService<RightsChanges>().RunAsync(
            order, change => Sql.ScalarAsync(change.Transaction, "SHOW idle_in_transaction_session_timeout", change.CancellationToken), CancellationToken.None);

        Assert.Equal("30s", bound.Value);
    }

    private static async Task<long> CountWaitingAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
