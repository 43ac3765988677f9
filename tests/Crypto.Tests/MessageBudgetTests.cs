using McpSecure.Testing;
using Npgsql;

namespace McpSecure.Crypto.Tests;

/// <summary>Counts on a bare table of the same shape: the rules of the rows are the migration's.</summary>
public sealed class MessageBudgetTests(PostgresDatabase database) : IClassFixture<PostgresDatabase>, IAsyncLifetime
{
    private const long Limit = 1L << 32;

    public async Task InitializeAsync() => await RunAsync(
        """
        CREATE TABLE IF NOT EXISTS key_versions (keyring text, version integer, state text DEFAULT 'active', messages_reserved bigint DEFAULT 0, PRIMARY KEY (keyring, version));
        """);

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task TrySpend_AtTheLimit_IsRefusedOnEveryReplica()
    {
        await RunAsync($"INSERT INTO key_versions VALUES ('nearly', 1, 'active', {Limit - MessageBudget.BlockSize})");
        var (one, other) = (new MessageBudget(database.DataSource), new MessageBudget(database.DataSource));

        for (var i = 0; i < MessageBudget.BlockSize / 1024; i++)
        {
            Assert.True(await one.TrySpendAsync("nearly", 1, 1024, CancellationToken.None));
        }

        Assert.False(await one.TrySpendAsync("nearly", 1, 1, CancellationToken.None));
        Assert.False(await other.TrySpendAsync("nearly", 1, 1, CancellationToken.None));
        Assert.Equal(Limit, await ReservedAsync("nearly"));
    }

    // Replicas that come and go must not lose count: what one took leave for stays counted though it never used it.
    [Fact]
    public async Task TrySpend_AfterARestart_CountsWhatWasReservedAsUsed()
    {
        await RunAsync("INSERT INTO key_versions VALUES ('restarted', 1)");

        for (var restarts = 0; restarts < 3; restarts++)
        {
            Assert.True(await new MessageBudget(database.DataSource).TrySpendAsync("restarted", 1, 1, CancellationToken.None));
        }

        Assert.Equal(3 * MessageBudget.BlockSize, await ReservedAsync("restarted"));
    }

    [Fact]
    public async Task TrySpend_InParallel_NeverSpendsMoreThanIsReserved()
    {
        await RunAsync("INSERT INTO key_versions VALUES ('parallel', 1)");
        var budget = new MessageBudget(database.DataSource);
        var spent = 0L;

        await Parallel.ForAsync(0, 1000, async (_, cancellationToken) =>
        {
            if (await budget.TrySpendAsync("parallel", 1, 500, cancellationToken))
            {
                Interlocked.Add(ref spent, 500);
            }
        });

        Assert.Equal(500_000, spent);
        Assert.InRange(await ReservedAsync("parallel"), 500_000, 500_000 + (3 * MessageBudget.BlockSize));
    }

    private async Task RunAsync(string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> ReservedAsync(string keyring)
    {
        await using var command = database.DataSource.CreateCommand("SELECT messages_reserved FROM key_versions WHERE keyring = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = keyring });
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
