using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Orchestration;

/// <summary>Asks the health checks of a running resource: often until all of them are well, then now and then.</summary>
internal sealed class ResourceHealth(HealthCheckService checks, ResourceNotificationService notifications, TimeProvider time)
{
    private static readonly TimeSpan WhileUnhealthy = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan WhileHealthy = TimeSpan.FromSeconds(5);

    /// <summary>Watches until the resource ends, and calls <paramref name="onReady"/> the first time that it is healthy.</summary>
    public async Task WatchAsync(Resource resource, Func<CancellationToken, Task> onReady, CancellationToken cancellationToken)
    {
        var ended = notifications.WaitAsync(resource, now => now.HasEnded, cancellationToken);
        var ready = false;
        try
        {
            while (!ended.IsCompleted)
            {
                var status = await StatusAsync(resource, cancellationToken);
                await notifications.PublishUpdateAsync(resource, before => before.HasEnded ? before : before with { HealthStatus = status });

                if (status == HealthStatus.Healthy && !ready)
                {
                    ready = true;
                    await onReady(cancellationToken);
                }

                using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                await Task.WhenAny(ended, Task.Delay(status == HealthStatus.Healthy ? WhileHealthy : WhileUnhealthy, time, pause.Token));
                await pause.CancelAsync();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The application stops.
        }
    }

    private async Task<HealthStatus> StatusAsync(Resource resource, CancellationToken cancellationToken) =>
        resource.HealthChecks is []
            ? HealthStatus.Healthy
            : (await checks.CheckHealthAsync(check => resource.HealthChecks.Contains(check.Name, StringComparer.Ordinal), cancellationToken)).Status;
}

/// <summary>Finds an endpoint healthy when it answers a GET with the status that is expected.</summary>
internal sealed class HttpHealthCheck(EndpointReference endpoint, string path, int statusCode, IHttpClientFactory clients) : IHealthCheck
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var url = await endpoint.GetValueAsync(limit.Token);
            using var client = clients.CreateClient();
            using var response = await client.GetAsync(new Uri(new Uri(url!), path), limit.Token);
            return (int)response.StatusCode == statusCode ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy($"{path} answered {(int)response.StatusCode}.");
        }
        catch (Exception problem) when (problem is HttpRequestException or OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy(problem.Message);
        }
    }
}
