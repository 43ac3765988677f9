using System.Diagnostics.Metrics;

namespace McpSecure.ServiceDefaults;

/// <summary>Counts what becomes of audit events.</summary>
internal sealed class AuditTrailMetrics
{
    private readonly Counter<long> delivered;
    private readonly Counter<long> refused;
    private readonly Counter<long> failed;
    private readonly Counter<long> away;
    private readonly Counter<long> decisionsRefused;
    private volatile OutboxState state = new(0, 0, 0, TimeSpan.Zero);

    public AuditTrailMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Telemetry.Name);
        delivered = meter.CreateCounter<long>("mcpsecure.audit.delivered", "{event}", "Events that the audit log has taken.");
        refused = meter.CreateCounter<long>("mcpsecure.audit.refused", "{event}", "Events that the audit log refused for good.");
        failed = meter.CreateCounter<long>("mcpsecure.audit.failed", "{try}", "Tries in which the audit log failed on one event alone.");
        away = meter.CreateCounter<long>("mcpsecure.audit.away", "{try}", "Tries to deliver that failed and will be repeated.");
        decisionsRefused = meter.CreateCounter<long>("mcpsecure.audit.decisions_refused", "{call}", "Calls refused because their event could not be written.");
        meter.CreateObservableGauge("mcpsecure.audit.outbox.backlog", () => state.Waiting, "{event}", "Events in the outbox that wait for delivery.");
        meter.CreateObservableGauge("mcpsecure.audit.outbox.age", () => state.OldestAge.TotalSeconds, "s", "Age of the oldest of them.");
        meter.CreateObservableGauge("mcpsecure.audit.outbox.refused", () => state.Refused, "{event}", "Events in the outbox that the audit log refused: to be looked at.");
        meter.CreateObservableGauge("mcpsecure.audit.outbox.failing", () => state.Failing, "{event}", "Events in the outbox on which the audit log fails: to be looked at.");
    }

    public void Delivered(int events) => delivered.Add(events);

    public void Refused(int events) => refused.Add(events);

    public void Failed(int events) => failed.Add(events);

    public void AuditAway() => away.Add(1);

    public void DecisionRefused() => decisionsRefused.Add(1);

    public void Outbox(OutboxState seen) => state = seen;
}

/// <summary>Says what lies in the outbox.</summary>
internal sealed record OutboxState(long Waiting, long Refused, long Failing, TimeSpan OldestAge);
