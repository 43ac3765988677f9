using Google.Protobuf;
using McpSecure.Audit.V1;
using Npgsql;

namespace McpSecure.ServiceDefaults.Tests;

[Collection(Alone.Name)]
public sealed class OutboxDeliveryTests : IAsyncLifetime
{
    // Where the length of an event takes one byte more.
    private static readonly int[] Sizes = [110, 127, 128, 1_000, 16_383, 16_384, 140_000];

    private readonly RecordingSink sink = new();
    private OutboxDatabase database = null!;

    public async Task InitializeAsync() => database = await OutboxDatabase.CreateAsync();

    public async Task DisposeAsync() => await database.DisposeAsync();

    [Fact]
    public async Task Deliver_SendsInOrderAndDeletesWhatWasTaken()
    {
        var events = Events(10);
        await database.AddAsync(events);

        var round = await database.Delivery(sink).DeliverAsync(CancellationToken.None);

        Assert.Equal(new DeliveryRound.Done(10, 0, 0, MoreIsThere: false), round);
        Assert.Equal(events, sink.Taken);
        Assert.Empty(await database.WaitingAsync());
    }

    [Fact]
    public async Task Deliver_LogAway_KeepsEverything()
    {
        await database.AddAsync(Events(10));
        sink.Answer = _ => Away();

        var round = await database.Delivery(sink).DeliverAsync(CancellationToken.None);

        Assert.Equal(new DeliveryRound.Away("gone"), round);
        Assert.Equal(10, (await database.WaitingAsync()).Count);
    }

    [Fact]
    public async Task Deliver_KilledBetweenSendAndDelete_SendsTheSameEventAgain()
    {
        var sent = OutboxDatabase.Event();
        await database.AddAsync(sent);
        sink.Answer = async _ =>
        {
            // What a SIGKILL of this process comes to for Postgres: the connection ends and nothing is committed.
            await database.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
            return new AuditDelivery.Taken();
        };

        await Assert.ThrowsAnyAsync<NpgsqlException>(() => database.Delivery(sink).DeliverAsync(CancellationToken.None));
        sink.Answer = _ => Taken();
        await database.Delivery(sink).DeliverAsync(CancellationToken.None);

        Assert.Equal([sent, sent], sink.Taken);
        Assert.Empty(await database.WaitingAsync());
    }

    [Theory]
    [InlineData(new[] { 0 })]
    [InlineData(new[] { 19 })]
    [InlineData(new[] { 3, 4, 11 })]
    [InlineData(new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19 })]
    public async Task Deliver_PoisonousEvents_AreSetAsideAndTheOthersArriveInOrder(int[] poisonous)
    {
        var events = Events(20);
        await database.AddAsync(events);
        var poison = poisonous.Select(number => events[number].EventId).ToHashSet();
        sink.Answer = batch => Task.FromResult<AuditDelivery>(
            batch.Any(e => poison.Contains(e.EventId)) ? new AuditDelivery.Refused("InvalidArgument: no such action") : new AuditDelivery.Taken());

        var round = await database.Delivery(sink).DeliverAsync(CancellationToken.None);

        Assert.Equal(new DeliveryRound.Done(20 - poisonous.Length, poisonous.Length, 0, MoreIsThere: false), round);
        Assert.Equal(events.Where(e => !poison.Contains(e.EventId)), sink.Taken);
        Assert.Equal(poisonous.Select(number => events[number].EventId), await SetAsideAsync());
        Assert.Equal(["InvalidArgument: no such action"], await database.ColumnAsync("SELECT DISTINCT refused_reason FROM audit_outbox"));
        Assert.Equal(poisonous.Length, database.Log.Lines.Count(line => line.Contains("refused event", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Deliver_EventSetAside_IsNotSentAgainUntilAnOperatorAsks()
    {
        await database.AddAsync(Events(1));
        sink.Answer = _ => Task.FromResult<AuditDelivery>(new AuditDelivery.Refused("not now"));
        await database.Delivery(sink).DeliverAsync(CancellationToken.None);
        sink.Answer = _ => Taken();

        var unasked = await database.Delivery(sink).DeliverAsync(CancellationToken.None);
        await database.ExecuteAsync("UPDATE audit_outbox SET refused_at = NULL, refused_reason = NULL");
        var asked = await database.Delivery(sink).DeliverAsync(CancellationToken.None);

        Assert.Equal(new DeliveryRound.Done(0, 0, 0, MoreIsThere: false), unasked);
        Assert.Equal(new DeliveryRound.Done(1, 0, 0, MoreIsThere: false), asked);
    }

    [Fact]
    public async Task Deliver_LogGoneInMidBisection_KeepsWhatWasTakenAndSetAside()
    {
        var events = Events(4);
        await database.AddAsync(events);
        sink.Answer = batch => batch switch
        {
            _ when batch.Contains(events[3]) && batch.Count == 1 => Away(),
            _ when batch.Contains(events[1]) || batch.Contains(events[3]) => Task.FromResult<AuditDelivery>(new AuditDelivery.Refused("bad")),
            _ => Taken(),
        };

        var round = await database.Delivery(sink).DeliverAsync(CancellationToken.None);

        Assert.Equal(new DeliveryRound.Away("gone"), round);
        Assert.Equal([events[0], events[2]], sink.Taken);
        Assert.Equal([events[1].EventId], await SetAsideAsync());
        Assert.Equal([events[3].EventId], await database.WaitingAsync());
    }

    [Fact]
    public async Task Deliver_UnreadableBytes_AreSetAside()
    {
        var readable = OutboxDatabase.Event();
        await database.ExecuteAsync("INSERT INTO audit_outbox (event_id, body) VALUES (gen_random_uuid(), '\\xff')");
        await database.AddAsync(readable);

        await database.Delivery(new Parsing(sink)).DeliverAsync(CancellationToken.None);

        Assert.Equal([readable], sink.Taken);
        Assert.Single(await SetAsideAsync());
    }

    [Fact]
    public async Task Deliver_Batches_AreSentTogetherUpToWhatTheLogTakes()
    {
        var events = Events(12_500);
        for (var i = 0; i < 25; i++)
        {
            await database.AddBatchAsync(events.Slice(i * 500, 500));
        }

        var rounds = new List<DeliveryRound>();
        while (rounds.LastOrDefault() is null or DeliveryRound.Done { MoreIsThere: true })
        {
            rounds.Add(await database.Delivery(sink).DeliverAsync(CancellationToken.None));
        }

        Assert.Equal("5000 5000 2500", string.Join(' ', sink.Batches));
        Assert.Equal(events, sink.Taken);
        Assert.Equal(3, rounds.Count);
        Assert.Empty(await database.WaitingAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Deliver_PoisonInABatch_IsFoundAloneAndTheOthersArriveOnce(bool forGood)
    {
        var (before, events, after) = (Events(3), Events(40), Events(3));
        await database.AddBatchAsync(before);
        await database.AddBatchAsync(events);
        await database.AddAsync(after);
        var poison = events[17].EventId;
        sink.Answer = batch => Task.FromResult<AuditDelivery>(
            batch.All(e => e.EventId != poison) ? new AuditDelivery.Taken() : forGood ? new AuditDelivery.Refused("bad") : new AuditDelivery.Failed("oops"));

        while (await database.Delivery(sink).DeliverAsync(CancellationToken.None) is DeliveryRound.Done { MoreIsThere: true })
        {
        }

        Assert.Equal([.. before, .. after, .. events.Where(e => e.EventId != poison)], sink.Taken);
        Assert.Equal([poison], await database.ColumnAsync("SELECT event_id::text FROM audit_outbox"));
        Assert.Equal(forGood ? new OutboxState(0, 1, 0, TimeSpan.Zero) : new OutboxState(1, 0, 1, TimeSpan.Zero),
            await AuditOutbox.LookAsync(database.DataSource, CancellationToken.None) with { OldestAge = TimeSpan.Zero });
    }

    [Fact]
    public async Task Deliver_BytesOfABatchThatAreNoEvent_AreSetAsideAloneByTheLog()
    {
        var events = Events(2);
        var request = EventBatch.Join([EventBatch.Of(events[0].ToByteArray()), EventBatch.Of([0xFF, 0xFF]), EventBatch.Of(events[1].ToByteArray())]);
        await database.Outbox.AddAsync((ServiceDatabase)database.DataSource, request, CancellationToken.None);
        var delivery = database.Delivery(new Parsing(sink));

        while (await delivery.DeliverAsync(CancellationToken.None) is DeliveryRound.Done { MoreIsThere: true })
        {
        }

        Assert.Equal(events, sink.Taken);
        Assert.Single(await SetAsideAsync());
    }

    [Theory]
    [InlineData("\\x")]
    [InlineData("\\x0a")]
    [InlineData("\\x0a05")]
    [InlineData("\\x0a00")]
    [InlineData("\\x0affffffffff")]
    [InlineData("\\x0affffffff7f")]
    [InlineData("\\x1200")]
    public async Task Deliver_BatchThatIsNotAsManyFields_IsSetAsideUnsent(string body)
    {
        await database.ExecuteAsync($"INSERT INTO audit_outbox (body, events) VALUES ('{body}', 2)");

        var round = await database.Delivery(sink).DeliverAsync(CancellationToken.None);

        Assert.Equal(new DeliveryRound.Done(0, 1, 0, MoreIsThere: false), round);
        Assert.Empty(sink.Batches);
    }

    [Fact]
    public async Task Migrate_EventsOfReplicasFromBeforeBatches_AreDelivered()
    {
        await using var old = await OutboxDatabase.CreateAsync(migrations: 2);
        var events = Sizes.Select(size =>
        {
            var auditEvent = OutboxDatabase.Event();
            auditEvent.Attributes.Clear();
            while (auditEvent.CalculateSize() < size)
            {
                auditEvent.Reason += new string('x', Math.Max(1, size - auditEvent.CalculateSize() - 4));
            }

            return auditEvent;
        }).ToList();
        foreach (var auditEvent in events)
        {
            // One comes when the migration has been there already.
            if (ReferenceEquals(auditEvent, events[^1]))
            {
                await old.MigrateAsync();
            }

            await using var insert = old.DataSource.CreateCommand("INSERT INTO audit_outbox (event_id, body) VALUES ($1, $2)");
            insert.Parameters.Add(new() { Value = Guid.Parse(auditEvent.EventId) });
            insert.Parameters.Add(new() { Value = auditEvent.ToByteArray() });
            await insert.ExecuteNonQueryAsync();
        }

        await old.Delivery(sink).DeliverAsync(CancellationToken.None);

        Assert.Equal(events, sink.Taken);
    }

    [Fact]
    public async Task Deliver_ByTwoReplicasAtOnce_SendsEachEventAndKeepsTheOrderOfEachSource()
    {
        var sources = new[] { "auth", "crypto", "apikey" };
        var replicas = Enumerable.Range(0, 2).Select(_ => database.Delivery(sink)).ToArray();
        sink.Answer = async _ =>
        {
            await Task.Delay(2);
            return new AuditDelivery.Taken();
        };

        var adding = Task.WhenAll(sources.Select(async source =>
        {
            for (var i = 0; i < 20; i++)
            {
                await database.AddAsync(Enumerable.Range(i * 20, 20).Select(number => OutboxDatabase.Event(source, number)));
            }
        }));
        await Task.WhenAll(replicas.Select(async replica =>
        {
            while (!adding.IsCompleted || (await database.WaitingAsync()).Count > 0)
            {
                await replica.DeliverAsync(CancellationToken.None);
            }
        }));
        await adding;

        foreach (var source in sources)
        {
            Assert.Equal(Enumerable.Range(0, 400), sink.Taken.Where(e => e.Source == source).Select(e => int.Parse(e.Attributes["number"])));
        }
    }

    [Fact]
    public async Task Deliver_ABacklogOfTenThousandLargeEvents_KeepsBatchesSmallAndMemoryBounded()
    {
        const int Kilobytes = 10;
        for (var i = 0; i < 100; i++)
        {
            await database.AddAsync(Enumerable.Range(i * 100, 100).Select(number =>
            {
                var large = OutboxDatabase.Event(number: number);
                for (var k = 0; k < Kilobytes; k++)
                {
                    large.With($"filler{k}", new string('x', 1024));
                }

                return large;
            }));
        }

        var next = 0;
        var (batches, most) = (0, 0L);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        sink.Answer = batch =>
        {
            Assert.All(batch, e => Assert.Equal(next++, int.Parse(e.Attributes["number"])));
            Assert.True(batch.Sum(e => e.CalculateSize()) < OutboxDelivery.BatchSizeInBytes + (16 * 1024));
            if (++batches % 5 == 0)
            {
                // What is in use, without what was used: how much of that lies about is the collector's business.
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }

            return Task.FromResult<AuditDelivery>(new AuditDelivery.Taken());
        };
        var delivery = database.Delivery(new Forgetful(sink.Answer));
        while (await delivery.DeliverAsync(CancellationToken.None) is DeliveryRound.Done { MoreIsThere: true })
        {
        }

        Assert.Equal(10_000, next);
        Assert.InRange(batches, 50, 200);
        Assert.True(most < 50 << 20, $"{most >> 20} MiB were in use for a backlog of 100 MiB.");
    }

    [Theory]
    [InlineData(new[] { 0 })]
    [InlineData(new[] { 3, 4, 11 })]
    public async Task Deliver_EventsOnWhichTheLogFails_LetTheOthersPassAndAreNotRefused(int[] poisonous)
    {
        var events = Events(20);
        await database.AddAsync(events);
        var poison = poisonous.Select(number => events[number].EventId).ToHashSet();
        sink.Answer = FailOn(poison);

        var first = await database.Delivery(sink).DeliverAsync(CancellationToken.None);
        var next = await database.Delivery(sink).DeliverAsync(CancellationToken.None);

        Assert.Equal(new DeliveryRound.Done(20 - poisonous.Length, 0, poisonous.Length, MoreIsThere: false), first);
        Assert.Equal(new DeliveryRound.Done(0, 0, 0, MoreIsThere: false), next);
        Assert.Equal(events.Where(e => !poison.Contains(e.EventId)), sink.Taken);
        Assert.Equal(poisonous.Select(number => events[number].EventId), await database.WaitingAsync());
        Assert.Equal(poisonous.Length, database.Log.Lines.Count(line => line.Contains(" Error ", StringComparison.Ordinal) && line.Contains("fails on event", StringComparison.Ordinal)));
        Assert.Equal(poisonous.Length, (await AuditOutbox.LookAsync(database.DataSource, CancellationToken.None)).Failing);
    }

    [Fact]
    public async Task Deliver_EventOnWhichTheLogFails_IsTriedEverMoreRarelyAndArrivesOnceTheLogIsMended()
    {
        var events = Events(1);
        await database.AddAsync(events);
        sink.Answer = FailOn([events[0].EventId]);
        var pauses = new List<string>();
        for (var i = 0; i < 9; i++)
        {
            await database.Delivery(sink).DeliverAsync(CancellationToken.None);
            pauses.AddRange(await database.ColumnAsync("SELECT round(extract(epoch FROM next_try_at - now()))::text FROM audit_outbox"));
            await database.ExecuteAsync("UPDATE audit_outbox SET next_try_at = now()");
        }

        sink.Answer = _ => Taken();
        var mended = await database.Delivery(sink).DeliverAsync(CancellationToken.None);

        Assert.Equal(["1", "2", "4", "8", "16", "32", "60", "60", "60"], pauses);
        Assert.Equal(new DeliveryRound.Done(1, 0, 0, MoreIsThere: false), mended);
        Assert.Equal(events, sink.Taken);
    }

    [Fact]
    public async Task Deliver_LogFailsOnEverything_AsksItABoundedNumberOfTimesAndLosesNothing()
    {
        await database.AddAsync(Events(OutboxDelivery.MostEvents));
        sink.Answer = _ => Task.FromResult<AuditDelivery>(new AuditDelivery.Failed("Internal: down"));

        var round = await database.Delivery(sink).DeliverAsync(CancellationToken.None);

        Assert.Equal(new DeliveryRound.Away("Internal: down"), round);
        Assert.InRange(sink.Batches.Count, 1, 50);
        Assert.Equal(OutboxDelivery.MostEvents, (await database.WaitingAsync()).Count);
    }

    [Fact]
    public async Task Deliver_LogFailsOnEverything_TakesFewBatchesApartAndBacksOff()
    {
        for (var i = 0; i < 40; i++)
        {
            await database.AddBatchAsync(Events(100));
        }

        sink.Answer = _ => Task.FromResult<AuditDelivery>(new AuditDelivery.Failed("Internal: down"));

        var round = await database.Delivery(sink).DeliverAsync(CancellationToken.None);

        Assert.Equal(new DeliveryRound.Away("Internal: down"), round);
        Assert.InRange(sink.Batches.Count, 1, 60);
        Assert.Equal(4_000, (await database.WaitingAsync()).Distinct().Count());
    }

    [Fact]
    public async Task Deliver_BatchTakenApart_KeepsTheOrderAndAgeOfItsEvents()
    {
        var events = Events(30);
        await database.AddBatchAsync(events);
        await database.ExecuteAsync("UPDATE audit_outbox SET added_at = now() - interval '1 hour'");
        sink.Answer = _ => Task.FromResult<AuditDelivery>(new AuditDelivery.Refused("bad"));

        await database.Delivery(sink).DeliverAsync(CancellationToken.None);

        Assert.Equal(events.Select(e => e.EventId), await database.ColumnAsync("SELECT event_id::text FROM audit_outbox ORDER BY position"));
        Assert.InRange((await AuditOutbox.LookAsync(database.DataSource, CancellationToken.None)).OldestAge, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(61));
    }

    [Fact]
    public async Task Deliver_MorePoisonThanOneRoundTries_IsPassedInTheNextRounds()
    {
        var events = Events(50);
        await database.AddAsync(events);
        sink.Answer = FailOn([.. events[..40].Select(e => e.EventId)]);

        for (var i = 0; i < 3; i++)
        {
            await database.Delivery(sink).DeliverAsync(CancellationToken.None);
        }

        Assert.Equal(events[40..], sink.Taken);
    }

    private static Func<IReadOnlyList<AuditEvent>, Task<AuditDelivery>> FailOn(HashSet<string> poison) => batch =>
        Task.FromResult<AuditDelivery>(batch.Any(e => poison.Contains(e.EventId)) ? new AuditDelivery.Failed("Internal: oops") : new AuditDelivery.Taken());

    private static List<AuditEvent> Events(int count) => [.. Enumerable.Range(0, count).Select(number => OutboxDatabase.Event(number: number))];

    private static Task<AuditDelivery> Taken() => Task.FromResult<AuditDelivery>(new AuditDelivery.Taken());

    private static Task<AuditDelivery> Away() => Task.FromResult<AuditDelivery>(new AuditDelivery.Away("gone"));

    private Task<IReadOnlyList<string>> SetAsideAsync() =>
        database.ColumnAsync("SELECT event_id::text FROM audit_outbox WHERE refused_at IS NOT NULL ORDER BY position");

    /// <summary>Answers bytes that are no events as the log does.</summary>
    private sealed class Parsing(RecordingSink inner) : IAuditSink
    {
        public async Task<AuditDelivery> DeliverAsync(EventBatch batch, CancellationToken cancellationToken)
        {
            try
            {
                return await inner.DeliverAsync(batch, cancellationToken);
            }
            catch (InvalidProtocolBufferException)
            {
                return new AuditDelivery.Refused("InvalidArgument: no message of its type");
            }
        }
    }

    private sealed class Forgetful(Func<IReadOnlyList<AuditEvent>, Task<AuditDelivery>> answer) : IAuditSink
    {
        public Task<AuditDelivery> DeliverAsync(EventBatch batch, CancellationToken cancellationToken) => answer(batch.Read());
    }
}
