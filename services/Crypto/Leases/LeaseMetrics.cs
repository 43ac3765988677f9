using System.Diagnostics.Metrics;

namespace McpSecure.Crypto;

/// <summary>Measures what becomes of leases.</summary>
internal sealed class LeaseMetrics
{
    private readonly Counter<long> failed;
    private volatile int overdue;

    public LeaseMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("McpSecure");
        failed = meter.CreateCounter<long>("mcpsecure.crypto.lease.revocations_failed", "{try}", "Tries to revoke a lease that failed and will be repeated: to be looked at.");
        meter.CreateObservableGauge("mcpsecure.crypto.lease.overdue", () => overdue, "{lease}", "Leases that wait to be revoked, at most a batch.");
    }

    public void RevocationFailed() => failed.Add(1);

    public void Overdue(int leases) => overdue = leases;
}
