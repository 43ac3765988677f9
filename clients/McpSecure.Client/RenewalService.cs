using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace McpSecure.Client;

/// <summary>Runs the renewal with the application, where it is switched on.</summary>
internal sealed class RenewalService(IOptions<McpSecureClientOptions> options, CertificateRenewal renewal) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        options.Value.Mtls.Renewal ? renewal.RunAsync(stoppingToken) : Task.CompletedTask;
}
