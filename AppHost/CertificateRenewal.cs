using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpSecure.AppHost;

/// <summary>
/// Renews the certificates of callers on a platform that runs for weeks, and helps a service whose renewal by Crypto did not come in time; all read
/// the new files by themselves.
/// </summary>
internal sealed class CertificateRenewal(
    DevelopmentCertificates certificates, IReadOnlyList<string> workloads, TimeProvider time, ILogger<CertificateRenewal> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (certificates.Renew(workloads) is [_, ..] made)
                    logger.CertificatesRenewed(string.Join(", ", made));
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                logger.CertificatesNotRenewed(problem);
            }
        }
    }
}
