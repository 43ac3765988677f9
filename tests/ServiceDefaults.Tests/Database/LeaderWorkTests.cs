using McpSecure.Testing;
using Npgsql;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Two replicas that share work over one database.</summary>
public sealed class LeaderWorkTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private NpgsqlDataSource database = null!;

    public async Task InitializeAsync() => database = NpgsqlDataSource.Create(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync());

    public Task DisposeAsync() => database.DisposeAsync().AsTask();

    [Fact]
    public async Task Round_WhileAnotherReplicaWorks_IsNotBegun()
    {
        using var held = new SemaphoreSlim(0);
        using var first = new Replica(database, async stopping =>
        {
            await held.WaitAsync(Patience, stopping);
            return false;
        });
        using var second = new Replica(database, _ => Task.FromResult(false));
        await first.StartAsync(default);
        await first.Begun.WaitAsync(Patience);

        await second.StartAsync(default);
        await second.Tried(5);
        Assert.Equal(0, second.Rounds);

        held.Release();
        await second.Begun.WaitAsync(Patience);
        await StopAsync(first, second);
    }

    [Fact]
    public async Task Round_WhenTheReplicaThatWorksStops_IsDoneByTheOther()
    {
        using var first = new Replica(database, async stopping =>
        {
            await Task.Delay(Timeout.Infinite, stopping);
            return false;
        });
        using var second = new Replica(database, _ => Task.FromResult(false));
        await first.StartAsync(default);
        await first.Begun.WaitAsync(Patience);
        await second.StartAsync(default);
        await second.Tried(2);
        Assert.Equal(0, second.Rounds);

        await first.StopAsync(default);

        await second.Begun.WaitAsync(Patience);
        await StopAsync(second);
    }

    [Fact]
    public async Task Round_ThatFails_IsTriedAgainAndSaid()
    {
        var fail = true;
        using var replica = new Replica(database, _ => fail ? throw new InvalidOperationException("not yet") : Task.FromResult(false));
        await replica.StartAsync(default);
        Assert.Contains("A round of 'tests' failed", await replica.Log.FindAsync("failed"), StringComparison.Ordinal);

        fail = false;

        await replica.Ended.WaitAsync(Patience);
        await StopAsync(replica);
    }

    [Fact]
    public async Task Round_ThatHasMoreToDo_IsFollowedAtOnce()
    {
        var left = 3;
        using var replica = new Replica(database, _ => Task.FromResult(--left > 0), interval: TimeSpan.FromHours(1));
        await replica.StartAsync(default);

        await replica.Ended.WaitAsync(Patience);

        Assert.Equal(3, replica.Rounds);
        await StopAsync(replica);
    }

    private static Task StopAsync(params Replica[] replicas) => Task.WhenAll(replicas.Select(replica => replica.StopAsync(default)));

    /// <summary>Does a test's work as one replica would, and counts.</summary>
    private sealed class Replica : LeaderWork
    {
        private readonly Func<CancellationToken, Task<bool>> round;
        private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TurnCounter turns;
        private int rounds;

        public Replica(NpgsqlDataSource database, Func<CancellationToken, Task<bool>> round, TimeSpan? interval = null)
            : this(database, round, interval ?? TimeSpan.FromMilliseconds(20), new TurnCounter(), new LogCapture())
        {
        }

        private Replica(NpgsqlDataSource database, Func<CancellationToken, Task<bool>> round, TimeSpan interval, TurnCounter turns, LogCapture log)
            : base("tests", interval, database, Migrated(database), turns, log.CreateLogger("tests")) => (this.round, this.turns, Log) = (round, turns, log);

        public LogCapture Log { get; }

        public Task Begun => begun.Task;

        /// <summary>Gets what completes once a round found nothing more to do.</summary>
        public Task Ended => ended.Task;

        public int Rounds => rounds;

        /// <summary>Waits until this replica had a number of turns, whether it worked at them or not.</summary>
        public Task Tried(int times) => Until.TrueAsync(() => Task.FromResult(turns.Taken >= times));

        protected override async Task<bool> RunRoundAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref rounds);
            begun.TrySetResult();
            var more = await round(cancellationToken);
            if (!more)
            {
                ended.TrySetResult();
            }

            return more;
        }

        private static DatabaseReadiness Migrated(NpgsqlDataSource database)
        {
            var readiness = new DatabaseReadiness(database, TimeProvider.System);
            readiness.MarkMigrated();
            return readiness;
        }
    }

    /// <summary>Counts how often somebody rested.</summary>
    private sealed class TurnCounter : TimeProvider
    {
        private int taken;

        public int Taken => Volatile.Read(ref taken);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Increment(ref taken);
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
