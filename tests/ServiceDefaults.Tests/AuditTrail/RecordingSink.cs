using McpSecure.Audit.V1;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Stands where the audit log stands and keeps what was delivered, where only the rules of delivery are tested.</summary>
internal sealed class RecordingSink : IAuditSink
{
    private readonly Lock change = new();
    private readonly List<AuditEvent> taken = [];
    private readonly List<int> batches = [];

    /// <summary>Gets or sets what to answer; the events are kept where it is Taken.</summary>
    public Func<IReadOnlyList<AuditEvent>, Task<AuditDelivery>> Answer { get; set; } = _ => Task.FromResult<AuditDelivery>(new AuditDelivery.Taken());

    public IReadOnlyList<AuditEvent> Taken
    {
        get
        {
            lock (change)
            {
                return [.. taken];
            }
        }
    }

    public IReadOnlyList<int> Batches
    {
        get
        {
            lock (change)
            {
                return [.. batches];
            }
        }
    }

    public async Task<AuditDelivery> DeliverAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        var events = batch.Read();
        Assert.Equal(batch.Count, events.Count);
        var answer = await Answer(events);
        lock (change)
        {
            batches.Add(events.Count);
            if (answer is AuditDelivery.Taken)
            {
                taken.AddRange(events);
            }
        }

        return answer;
    }
}
