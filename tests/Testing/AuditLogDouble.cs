using System.Collections.Concurrent;
using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Testing;

/// <summary>Takes audit events as the log does, for tests to read.</summary>
public sealed class AuditLogDouble : IAuditSink
{
    private readonly ConcurrentQueue<AuditEvent> events = [];

    /// <summary>Gets the events so far.</summary>
    public IReadOnlyCollection<AuditEvent> All => events;

    /// <inheritdoc/>
    public Task<AuditDelivery> DeliverAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        foreach (var one in batch.Read())
        {
            events.Enqueue(one);
        }

        return Task.FromResult<AuditDelivery>(new AuditDelivery.Taken());
    }

    /// <summary>Waits for an event of an action that is as described and returns the first.</summary>
    /// <exception cref="InvalidOperationException">There is none within ten seconds.</exception>
    public Task<AuditEvent> FindAsync(string action, Func<AuditEvent, bool> isAsDescribed) => FindAsync(one => one.Action == action && isAsDescribed(one));

    /// <summary>Waits for an event that is as described and returns the first.</summary>
    /// <exception cref="InvalidOperationException">There is none within ten seconds.</exception>
    public async Task<AuditEvent> FindAsync(Func<AuditEvent, bool> isAsDescribed)
    {
        for (var tries = 0; tries < 400; tries++)
        {
            if (events.FirstOrDefault(isAsDescribed) is { } found)
            {
                return found;
            }

            await Task.Delay(25);
        }

        throw new InvalidOperationException($"No such event among these: {string.Join("; ", events.Select(one => $"{one.Action} {one.Outcome} {one.Reason}"))}");
    }
}
