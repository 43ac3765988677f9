using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Testing;

namespace McpSecure.Audit.Tests;

public sealed class RecordEventsTests(AuditPlatform platform) : IClassFixture<AuditPlatform>
{
    [Fact]
    public async Task Record_NewEvents_AddsThemInOrder()
    {
        AuditEvent[] events = [AuditPlatform.Event(), AuditPlatform.Event(), AuditPlatform.Event()];

        var answer = await platform.RecordAsync(events);

        Assert.Equal(new RecordEventsResponse { Added = 3 }, answer);
        Assert.Equal(events.Select(one => one.EventId), await StoredInOrderAsync(events));
    }

    [Fact]
    public async Task Record_TheSameEventsAgain_AddsNothing()
    {
        AuditEvent[] events = [AuditPlatform.Event(), AuditPlatform.Event()];
        await platform.RecordAsync(events);

        var answer = await platform.RecordAsync([.. events, AuditPlatform.Event()]);

        Assert.Equal(new RecordEventsResponse { Added = 1, Known = 2 }, answer);
    }

    [Fact]
    public async Task Record_TheSameEventTwiceInABatch_AddsItOnce()
    {
        var auditEvent = AuditPlatform.Event();

        Assert.Equal(new RecordEventsResponse { Added = 1, Known = 1 }, await platform.RecordAsync(auditEvent, auditEvent));
    }

    [Fact]
    public async Task ReplayedEventWithChangedContent_IsRefusedWithAllOfItsBatch()
    {
        var auditEvent = AuditPlatform.Event();
        await platform.RecordAsync(auditEvent);
        var changed = auditEvent.Clone();
        changed.Outcome = Outcome.Denied;
        var innocent = AuditPlatform.Event();

        var error = await platform.As("auth").RecordEventsAsync(new() { Events = { innocent, changed } }).AssertRefusedAsync(ErrorReason.EventConflict);

        Assert.Equal((StatusCode.AlreadyExists, auditEvent.EventId), (error.Status, error.Metadata["event_id"]));
        Assert.Empty(await StoredInOrderAsync([innocent]));
    }

    [Fact]
    public async Task TwoEventsWithOneIdInABatch_AreRefused()
    {
        var auditEvent = AuditPlatform.Event();
        var changed = auditEvent.Clone();
        changed.Resource = "users/2";

        await platform.As("auth").RecordEventsAsync(new() { Events = { auditEvent, changed } }).AssertRefusedAsync(ErrorReason.EventConflict);

        Assert.Empty(await StoredInOrderAsync([auditEvent]));
    }

    [Theory]
    [InlineData("crypto")]
    [InlineData("audit")]
    [InlineData("cli")]
    public async Task ForgedSource_IsRefusedWithAllOfItsBatch(string source)
    {
        var innocent = AuditPlatform.Event();

        await platform.As("auth").RecordEventsAsync(new() { Events = { innocent, AuditPlatform.Event(source) } }).AssertFieldsRefusedAsync("events[1].source");

        Assert.Empty(await StoredInOrderAsync([innocent]));
    }

    [Theory]
    [InlineData("cli")]
    [InlineData("webshop")]
    [InlineData("audit")]
    public async Task WrongWorkload_Recording_IsRefused(string caller) =>
        await platform.As(caller).RecordEventsAsync(new() { Events = { AuditPlatform.Event(caller) } }).AssertRefusedAsync(ErrorReason.CallerNotAllowed);

    [Fact]
    public async Task MalformedEvents_AreRefusedWithTheirFields()
    {
        var client = platform.As("auth");
        var wrong = new AuditEvent { EventId = "not-an-id", OccurredAt = new() { Seconds = long.MaxValue }, Source = "auth", Action = "Bad Action", Outcome = (Outcome)9 };

        await client.RecordEventsAsync(new()).AssertFieldsRefusedAsync("events");
        await client.RecordEventsAsync(new() { Events = { AuditPlatform.Event(), wrong } })
            .AssertFieldsRefusedAsync("events[1].event_id", "events[1].occurred_at", "events[1].action", "events[1].outcome", "events[1].severity");
        await client.RecordEventsAsync(new() { Events = { Enumerable.Range(0, 5001).Select(_ => AuditPlatform.Event()) } }).AssertFieldsRefusedAsync("events");
    }

    [Fact]
    public async Task Record_TheLargestBatch_IsTaken()
    {
        var events = Enumerable.Range(0, 1000).Select(_ => AuditPlatform.Event()).ToArray();

        Assert.Equal(1000, (await platform.RecordAsync(events)).Added);
        Assert.Equal(events.Select(one => one.EventId), await StoredInOrderAsync(events));
    }

    [Fact]
    public async Task Record_ExtremeTimes_AreKept()
    {
        var (first, last) = (AuditPlatform.Event(), AuditPlatform.Event());
        first.OccurredAt = new() { Seconds = -62_135_596_800 };
        last.OccurredAt = new() { Seconds = 253_402_300_799, Nanos = 999_999_999 };
        (first.Resource, last.Resource) = ("extreme/times", "extreme/times");
        await platform.RecordAsync(first, last);

        var found = await platform.As("cli").QueryEventsAsync(new() { Filter = new() { Resource = "extreme/times", Since = first.OccurredAt } }, platform.Auditor.Metadata);

        Assert.Equal([last, first], found.Events.Select(one => one.Event));
    }

    // Two replicas of a dispatcher, or a retry that overtakes its first try.
    [Fact]
    public async Task DuplicateBatchesAtOnce_OnTwoReplicas_AddEachEventOnce()
    {
        var events = Enumerable.Range(0, 200).Select(_ => AuditPlatform.Event()).ToArray();
        var clients = new[] { platform.As("auth"), platform.As("auth", await platform.StartReplicaAsync()) };

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i =>
            clients[i % 2].RecordEventsAsync(new() { Events = { events.Skip(i % 4 * 25).Take(100) } }).ResponseAsync));

        Assert.Equal(175, answers.Sum(answer => answer.Added));
        Assert.Equal(1600 - 175, answers.Sum(answer => answer.Known));
        await AssertWholeAsync();
    }

    // Connections die while batches are under way; the sender does not know what was committed and sends again, as the outbox does.
    [Fact]
    public async Task ConnectionsKilledInTheMiddle_LoseNothingAndDoubleNothing()
    {
        var batches = Enumerable.Range(0, 30).Select(_ => Enumerable.Range(0, 20).Select(_ => AuditPlatform.Event()).ToArray()).ToList();
        using var done = new CancellationTokenSource();
        var killer = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await platform.CountAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
                await Task.Delay(15);
            }
        });
        var client = platform.As("auth");

        await Task.WhenAll(batches.Select(async batch =>
        {
            while (true)
            {
                try
                {
                    await client.RecordEventsAsync(new() { Events = { batch } });
                    return;
                }
                catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
                {
                    await Task.Delay(5);
                }
            }
        }));
        await done.CancelAsync();
        await killer;

        foreach (var batch in batches)
        {
            Assert.Equal(batch.Select(one => one.EventId), await StoredInOrderAsync(batch));
        }

        await AssertWholeAsync();
    }

    private async Task AssertWholeAsync()
    {
        var verified = await platform.As("cli").VerifyLogAsync(new(), platform.Auditor.Metadata);
        Assert.True(verified.Valid);
    }

    private async Task<IReadOnlyList<string>> StoredInOrderAsync(AuditEvent[] events)
    {
        await using var command = platform.Database.CreateCommand("SELECT event_id::text FROM log_entries WHERE event_id = ANY($1) ORDER BY sequence");
        command.Parameters.Add(new() { Value = events.Select(one => Guid.Parse(one.EventId)).ToArray() });
        var ids = new List<string>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            ids.Add(reader.GetString(0));
        }

        return ids;
    }
}
