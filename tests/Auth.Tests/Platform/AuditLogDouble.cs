using System.Collections.Concurrent;
using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Auth.Tests;

/// <summary>Takes audit events as the log does, for tests to read.</summary>
public sealed class AuditLogDouble : IAuditSink
{
    private readonly ConcurrentQueue<AuditEvent> events = [];

    public IReadOnlyCollection<AuditEvent> All => events;

    public Task<AuditDelivery> DeliverAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        foreach (var one in batch.Read())
        {
            events.Enqueue(one);
        }

        return Task.FromResult<AuditDelivery>(new AuditDelivery.Taken());
    }

    /// <summary>Waits for an event that is as described and returns the first.</summary>
    public async Task<AuditEvent> FindAsync(Func<AuditEvent, bool> isAsDescribed)
    {
        for (var tries = 0; tries < 200; tries++)
        {
            if (events.FirstOrDefault(isAsDescribed) is { } found)
            {
                return found;
            }

            await Task.Delay(25);
        }

        throw new Xunit.Sdk.XunitException($"No such event; there are: {string.Join(", ", events.Select(e => $"{e.Action} {e.Outcome} {e.Reason}"))}");
    }
}
