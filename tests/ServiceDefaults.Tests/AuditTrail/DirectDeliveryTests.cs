using McpSecure.Audit.V1;
using McpSecure.Testing;

namespace McpSecure.ServiceDefaults.Tests;

public sealed class DirectDeliveryTests : IAsyncLifetime
{
    private static readonly Task<AuditDelivery> Never = new TaskCompletionSource<AuditDelivery>().Task;

    private readonly RecordingSink log = new();
    private OutboxDatabase database = null!;

    public async Task InitializeAsync() => database = await OutboxDatabase.CreateAsync();

    public async Task DisposeAsync() => await database.DisposeAsync();

    [Fact]
    public async Task Decisions_TheLogTakesThem_NeedNoOutbox()
    {
        using var trail = await StartedAsync();
        var events = Enumerable.Range(0, 100).Select(number => OutboxDatabase.Event(number: number)).ToList();

        events.ForEach(trail.Record);
        await trail.StopAsync(CancellationToken.None);

        Assert.Equal(events, log.Taken);
        Assert.Empty(await database.WaitingAsync());
    }

    [Fact]
    public async Task Decisions_AChangeWaitsInTheOutbox_QueueUpBehindIt()
    {
        using var trail = await StartedAsync();
        var (change, decision, later) = (OutboxDatabase.Event(), OutboxDatabase.Event(), OutboxDatabase.Event());

        await database.AddAsync(change);
        trail.Record(decision);
        await Until.TrueAsync(async () => (await database.WaitingAsync()).Count == 2);
        Assert.Empty(log.Taken);
        var addedBefore = database.Outbox.Added;
        await database.Delivery(log).DeliverAsync(CancellationToken.None);
        database.Outbox.NoteDelivered(addedBefore);
        trail.Record(later);
        await trail.StopAsync(CancellationToken.None);

        Assert.Equal([change, decision, later], log.Taken);
        Assert.Empty(await database.WaitingAsync());
    }

    [Fact]
    public async Task Decisions_TheLogDoesNotAnswer_AreInTheOutboxAndTheLogIsLeftAloneForAWhile()
    {
        var asked = 0;
        log.Answer = _ =>
        {
            asked++;
            return Never;
        };
        using var trail = await StartedAsync();
        var (first, second) = (OutboxDatabase.Event(), OutboxDatabase.Event());

        trail.Record(first);
        await Until.TrueAsync(async () => (await database.WaitingAsync()).Count == 1);
        database.Outbox.NoteDelivered(database.Outbox.Added);
        trail.Record(second);
        await trail.StopAsync(CancellationToken.None);

        Assert.Equal([first.EventId, second.EventId], await database.WaitingAsync());
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task Decisions_TheLogRefusesOne_AreInTheOutboxWhichFindsOutWhich()
    {
        var poison = OutboxDatabase.Event();
        log.Answer = events => Task.FromResult<AuditDelivery>(events.Contains(poison) ? new AuditDelivery.Refused("poison") : new AuditDelivery.Taken());
        using var trail = await StartedAsync();
        var good = OutboxDatabase.Event();

        trail.Record(poison);
        await Until.TrueAsync(async () => (await database.WaitingAsync()).Count == 1);
        database.Outbox.NoteDelivered(database.Outbox.Added);
        trail.Record(good);
        await trail.StopAsync(CancellationToken.None);

        Assert.Equal([good], log.Taken);
        Assert.Equal([poison.EventId], await database.WaitingAsync());
    }

    [Fact]
    public async Task Decisions_PostgresStopped_GoOnAsLongAsTheLogTakesThem()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var own = await OutboxDatabase.CreateAsync(Task.FromResult(server));
        own.Outbox.NoteDelivered(own.Outbox.Added);
        using var trail = own.Decisions(TimeProvider.System, log);
        await trail.StartAsync(CancellationToken.None);
        await Until.TrueAsync(() => Task.FromResult(trail.IsWritable));
        await server.KillAsync();
        var events = new List<AuditEvent>();

        for (var i = 0; i < 5; i++)
        {
            events.Add(OutboxDatabase.Event(number: i));
            trail.Record(events[^1]);
            await Until.TrueAsync(() => Task.FromResult(log.Taken.Count == events.Count));
        }

        await trail.StopAsync(CancellationToken.None);
        Assert.Equal(events, log.Taken);
    }

    [Fact]
    public async Task Batch_GivenUpWhileItIsOnItsWay_IsNotWrittenOverByTheNext()
    {
        var slow = new SlowReader();
        using var trail = await StartedAsync(slow);
        var first = OutboxDatabase.Event(number: 1);

        trail.Record(first);
        await Until.TrueAsync(async () => (await database.WaitingAsync()).Count == 1);
        for (var i = 2; i < 6; i++)
        {
            trail.Record(OutboxDatabase.Event(number: i));
            await Until.TrueAsync(async () => (await database.WaitingAsync()).Count == i);
        }

        await trail.StopAsync(CancellationToken.None);
        Assert.Equal([first], slow.Batch!.Read());
    }

    private async Task<DecisionTrail> StartedAsync(IAuditSink? sink = null)
    {
        database.Outbox.NoteDelivered(database.Outbox.Added);
        var trail = database.Decisions(TimeProvider.System, sink ?? log);
        await trail.StartAsync(CancellationToken.None);
        await Until.TrueAsync(() => Task.FromResult(trail.IsWritable));
        return trail;
    }

    /// <summary>Holds the first batch as a call does that nobody waits for any more.</summary>
    private sealed class SlowReader : IAuditSink
    {
        public EventBatch? Batch { get; private set; }

        public Task<AuditDelivery> DeliverAsync(EventBatch batch, CancellationToken cancellationToken)
        {
            Batch ??= batch;
            return Never;
        }
    }
}
