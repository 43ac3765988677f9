namespace McpSecure.ServiceDefaults;

/// <summary>Takes events into the audit log: over the wire for every service but the log's own, which appends to itself.</summary>
public interface IAuditSink
{
    /// <summary>
    /// Adds events to the log, all or none, in order; an event that is there already is not added again.
    /// Answers what became of them and throws only when cancelled.
    /// </summary>
    Task<AuditDelivery> DeliverAsync(EventBatch batch, CancellationToken cancellationToken);
}

/// <summary>Says what became of events that were offered to the log.</summary>
public abstract record AuditDelivery
{
    private AuditDelivery()
    {
    }

    /// <summary>The log has all of them.</summary>
    public sealed record Taken : AuditDelivery;

    /// <summary>The log took none, because at least one can never be taken; the reason is for the operator.</summary>
    public sealed record Refused(string Reason) : AuditDelivery;

    /// <summary>The log failed on them: one of them may be to blame, or the log itself. Whether it took them is not known. The reason is for the operator.</summary>
    public sealed record Failed(string Reason) : AuditDelivery;

    /// <summary>The log cannot be asked now; whether it took them is not known. The reason is for the operator.</summary>
    public sealed record Away(string Reason) : AuditDelivery;
}
