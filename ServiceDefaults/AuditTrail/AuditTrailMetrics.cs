using System.Diagnostics.Metrics;

namespace McpSecure.ServiceDefaults;

/// <summary>Counts what becomes of audit events, in the meter <c>McpSecure.AuditTrail</c>.</summary>
internal sealed class AuditTrailMetrics
{
    private readonly Counter<long> delivered;
    private readonly Counter<long> refused;
    private readonly Counter<long> away;
    private readonly Counter<long> decisionsRefused;

    public AuditTrailMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("McpSecure.AuditTrail");
        delivered = meter.CreateCounter<long>("mcpsecure.audit.delivered", "{event}", "Events that the audit log has taken.");
        refused = meter.CreateCounter<long>("mcpsecure.audit.refused", "{event}", "Events that the audit log refused for good; they stay in the outbox.");
        away = meter.CreateCounter<long>("mcpsecure.audit.away", "{try}", "Tries to deliver that found the audit log or the database away.");
        decisionsRefused = meter.CreateCounter<long>("mcpsecure.audit.decisions_refused", "{call}", "Calls refused because their event could not be kept.");
    }

    public void Delivered(int events) => delivered.Add(events);

    public void Refused() => refused.Add(1);

    public void AuditAway() => away.Add(1);

    public void DecisionRefused() => decisionsRefused.Add(1);
}
