using McpSecure.Client;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace McpSecure.ServiceDefaults;

/// <summary>Says that the service cannot serve once its own certificate has ended and nobody renewed it: every peer would refuse it.</summary>
internal sealed class CertificateReadiness(CertificateFiles files, TimeProvider clock) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(clock.GetUtcNow() < files.Current.NotAfter
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy($"The certificate ended {files.Current.NotAfter:u}: renew its files."));
}
