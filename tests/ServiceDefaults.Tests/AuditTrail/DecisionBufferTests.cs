using Google.Protobuf;

namespace McpSecure.ServiceDefaults.Tests.AuditTrail;

/// <summary>Fills and empties the buffer of decisions from many threads at once.</summary>
public sealed class DecisionBufferTests
{
    [Fact]
    public async Task Take_WhileManyAdd_GivesEachEventOnceAndEachCallersInOrder()
    {
        const int Callers = 8;
        const int EventsACaller = 3_000;
        using var buffer = new DecisionBuffer(int.MaxValue);
        var taken = new List<string>();
        var taking = Task.Run(async () =>
        {
            while (await buffer.WaitAsync(CancellationToken.None))
            {
                taken.AddRange(buffer.Take().Read().Select(auditEvent => auditEvent.Resource));
            }
        });

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() =>
        {
            for (var i = 0; i < EventsACaller; i++)
            {
                Assert.True(buffer.TryAdd(OutboxDatabase.Event().On($"{caller}/{i:0000}").ToByteArray(), 1));
                if (i % 50 == 0)
                {
                    Thread.Yield();
                }
            }
        })));
        buffer.Close();
        await taking;

        Assert.Equal(0, buffer.Count);
        Assert.Equal(Callers * EventsACaller, taken.Count);
        foreach (var ofOne in taken.GroupBy(resource => resource[0]))
        {
            Assert.Equal(Enumerable.Range(0, EventsACaller).Select(i => $"{ofOne.Key}/{i:0000}"), ofOne);
        }
    }

    [Fact]
    public async Task TryAdd_Full_IsRefusedUntilABatchIsTaken()
    {
        using var buffer = new DecisionBuffer(2);
        Assert.True(buffer.TryAdd(OutboxDatabase.Event().ToByteArray(), 1));
        Assert.True(buffer.TryAdd(OutboxDatabase.Event().ToByteArray(), 2));

        Assert.False(buffer.TryAdd(OutboxDatabase.Event().ToByteArray(), 3));
        Assert.Equal(1, buffer.Oldest);
        Assert.True(await buffer.WaitAsync(CancellationToken.None));
        Assert.Equal(2, buffer.Take().Count);
        Assert.Equal(0, buffer.Oldest);
        Assert.True(buffer.TryAdd(OutboxDatabase.Event().ToByteArray(), 4));
    }

    [Fact]
    public void TryAdd_ManyOrLarge_FillsBatchesThatTheLogTakes()
    {
        using var buffer = new DecisionBuffer(int.MaxValue);
        for (var i = 0; i < 1_500; i++)
        {
            buffer.TryAdd(OutboxDatabase.Event().ToByteArray(), 1);
        }

        for (var i = 0; i < 100; i++)
        {
            buffer.TryAdd(Enumerable.Range(0, 100).Aggregate(OutboxDatabase.Event(), (large, k) => large.With($"filler{k}", new string('x', 1024))).ToByteArray(), 1);
        }

        var batches = new List<EventBatch>();
        while (buffer.Count > 0)
        {
            batches.Add(buffer.Take());
        }

        Assert.Equal(1_600, batches.Sum(batch => batch.Count));
        Assert.All(batches, batch => Assert.InRange(batch.Count, 1, OutboxDelivery.MostEvents));
        Assert.All(batches, batch => Assert.InRange(batch.Request.Length, 1, 700_000));
    }
}
