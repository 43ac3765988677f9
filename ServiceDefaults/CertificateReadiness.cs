using McpSecure.Client;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace McpSecure.ServiceDefaults;

/// <summary>Says that the service cannot serve once its own certificate has ended and nobody renewed it, or was revoked: every peer would refuse it.</summary>
internal sealed class CertificateReadiness(CertificateFiles files, TimeProvider clock) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(WhyNot(files.Current, clock.GetUtcNow()) is { } flaw ? HealthCheckResult.Unhealthy(flaw) : HealthCheckResult.Healthy());

    private static string? WhyNot(WorkloadCertificate certificate, DateTimeOffset now) =>
        certificate.IsRevoked ? "The certificate was revoked: put another into its files."
        : now >= certificate.NotAfter ? $"The certificate ended {certificate.NotAfter:u}: renew its files."
        : null;
}
