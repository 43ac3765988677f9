using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Keeps authorities, revocation lists and inventory up to date, on one replica at a time.</summary>
internal sealed class CertificateWork(
    AuthorityRotation authorities, KeyHierarchyStartup hierarchy, ServiceDatabase database, DatabaseReadiness readiness, TimeProvider clock, ILogger<CertificateWork> logger)
    : LeaderWork("certificates", Interval, database, readiness, clock, logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task<bool> RunRoundAsync(CancellationToken cancellationToken)
    {
        // Closed keys are the matter of whoever opens them, and said there.
        if (hierarchy.IsOpen)
        {
            await authorities.MaintainAsync(cancellationToken);
        }

        return false;
    }
}
