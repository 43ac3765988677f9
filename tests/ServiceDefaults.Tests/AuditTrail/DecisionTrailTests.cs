using McpSecure.Common.V1;
using McpSecure.Testing;

namespace McpSecure.ServiceDefaults.Tests;

public sealed class DecisionTrailTests : IAsyncLifetime
{
    private readonly FakeClock clock = new();
    private OutboxDatabase database = null!;

    public async Task InitializeAsync() => database = await OutboxDatabase.CreateAsync();

    public async Task DisposeAsync() => await database.DisposeAsync();

    [Fact]
    public async Task Record_IsWrittenBeforeFiftyMillisecondsArePast()
    {
        using var trail = await StartedAsync(clock);
        var recorded = OutboxDatabase.Event();

        trail.Record(recorded);
        await clock.WaitForTimersAsync();
        Assert.Empty(await database.WaitingAsync());
        clock.Advance(TimeSpan.FromMilliseconds(49));

        await Until.TrueAsync(async () => (await database.WaitingAsync()).Count == 1);
        Assert.Equal([recorded.EventId], await database.WaitingAsync());
        await trail.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Record_Many_AreWrittenInOrder()
    {
        using var trail = await StartedAsync(TimeProvider.System);
        var events = Enumerable.Range(0, 5_000).Select(number => OutboxDatabase.Event(number: number)).ToList();

        events.ForEach(trail.Record);
        await trail.StopAsync(CancellationToken.None);

        Assert.Equal(events.Select(e => e.EventId), await database.WaitingAsync());
    }

    [Fact]
    public async Task Record_EventChangedAfterwards_IsWrittenAsItWas()
    {
        using var trail = await StartedAsync(TimeProvider.System);
        var sink = new RecordingSink();
        var recorded = OutboxDatabase.Event();

        trail.Record(recorded);
        recorded.Action = "probe.thing.changed";
        await trail.StopAsync(CancellationToken.None);
        await database.Delivery(sink).DeliverAsync(CancellationToken.None);

        Assert.Equal("probe.thing.done", Assert.Single(sink.Taken).Action);
    }

    [Fact]
    public async Task Record_MoreThanMemoryIsMeantFor_IsRefusedAndWhatWasTakenIsWritten()
    {
        using var trail = await StartedAsync(clock);
        var recorded = OutboxDatabase.Event();
        trail.Record(recorded);
        await clock.WaitForTimersAsync();

        var refusal = Assert.Throws<Refusal>(() =>
        {
            for (var i = 0; i <= DecisionTrail.Capacity; i++)
            {
                trail.Record(recorded);
            }
        });
        clock.Advance(TimeSpan.FromSeconds(1));
        await trail.StopAsync(CancellationToken.None);

        Assert.Equal(ErrorReason.DependencyUnavailable, refusal.Reason);
        Assert.Equal(DecisionTrail.Capacity, (await database.WaitingAsync()).Count);
    }

    [Fact]
    public async Task Record_BeforeTheDatabaseIsMigrated_IsRefused()
    {
        var readiness = new DatabaseReadiness(database.DataSource, clock);
        using var trail = database.Decisions(clock, readiness: readiness);
        await trail.StartAsync(CancellationToken.None);

        Assert.Throws<Refusal>(() => trail.Record(OutboxDatabase.Event()));
    }

    [Fact]
    public async Task Record_PostgresStopped_IsRefusedAndNothingTakenIsLost()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var own = await OutboxDatabase.CreateAsync(Task.FromResult(server));
        using var trail = own.Decisions(TimeProvider.System);
        await trail.StartAsync(CancellationToken.None);
        var taken = new List<string>();
        bool TryRecord()
        {
            var next = OutboxDatabase.Event();
            try
            {
                trail.Record(next);
                taken.Add(next.EventId);
                return true;
            }
            catch (Refusal)
            {
                return false;
            }
        }

        await Until.TrueAsync(() => Task.FromResult(TryRecord()));
        await server.KillAsync();
        await Until.TrueAsync(() => Task.FromResult(!TryRecord()));
        await server.StartAsync();
        await Until.TrueAsync(() => Task.FromResult(TryRecord()));
        await trail.StopAsync(CancellationToken.None);

        // At least once: a write whose answer was lost with the connection is repeated, and the log knows the id.
        Assert.Equal(taken, (await own.WaitingAsync()).Distinct());
    }

    [Fact]
    public async Task Stop_WritesWhatIsInMemoryAndTakesNoMore()
    {
        using var trail = await StartedAsync(clock);
        var recorded = OutboxDatabase.Event();

        trail.Record(recorded);
        await clock.WaitForTimersAsync();
        var stop = trail.StopAsync(CancellationToken.None);
        clock.Advance(TimeSpan.FromMilliseconds(20));
        await stop.WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal([recorded.EventId], await database.WaitingAsync());
        Assert.Throws<Refusal>(() => trail.Record(recorded));
    }

    [Fact]
    public async Task Stop_PostgresAway_EndsWithTheHostsPatienceAndSaysHowManyAreLost()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var own = await OutboxDatabase.CreateAsync(Task.FromResult(server));
        using var trail = own.Decisions(TimeProvider.System);
        await trail.StartAsync(CancellationToken.None);
        await Until.TrueAsync(() => Task.FromResult(Record.Exception(() => trail.Record(OutboxDatabase.Event())) is null));
        await Until.TrueAsync(async () => (await own.WaitingAsync()).Count == 1);
        server.Freeze();
        trail.Record(OutboxDatabase.Event());
        trail.Record(OutboxDatabase.Event());

        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await trail.StopAsync(patience.Token).WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Contains(own.Log.Lines, line => line.Contains("The service stopped without Postgres: 2 decision events are lost.", StringComparison.Ordinal));
        server.Thaw();
    }

    [Fact]
    public async Task CatchUp_WhileAWriteHangs_HoldsAnswersAndRefusesThemAfterASecond()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var own = await OutboxDatabase.CreateAsync(Task.FromResult(server));
        using var trail = own.Decisions(TimeProvider.System);
        await trail.StartAsync(CancellationToken.None);
        await Until.TrueAsync(() => Task.FromResult(Record.Exception(() => trail.Record(OutboxDatabase.Event())) is null));
        await Until.TrueAsync(() => Task.FromResult(!trail.IsLate));
        server.Freeze();
        trail.Record(OutboxDatabase.Event());
        await Until.TrueAsync(() => Task.FromResult(trail.IsLate));

        var begun = TimeProvider.System.GetTimestamp();
        var refusal = await Assert.ThrowsAsync<Refusal>(() => trail.CatchUpAsync(CancellationToken.None));
        Assert.InRange(TimeProvider.System.GetElapsedTime(begun), TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(5));
        var held = trail.CatchUpAsync(CancellationToken.None);
        server.Thaw();
        await held;

        Assert.Equal(ErrorReason.DependencyUnavailable, refusal.Reason);
        Assert.False(trail.IsLate);
        await trail.StopAsync(CancellationToken.None);
        Assert.Equal(2, (await own.WaitingAsync()).Count);
    }

    private async Task<DecisionTrail> StartedAsync(TimeProvider time)
    {
        var trail = database.Decisions(time);
        await trail.StartAsync(CancellationToken.None);
        await Until.TrueAsync(() => Task.FromResult(trail.IsWritable));
        return trail;
    }
}
