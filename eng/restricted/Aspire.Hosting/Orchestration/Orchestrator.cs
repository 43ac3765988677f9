using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Starts the resources of the model in the order of their waits, follows their states, and stops them all at the end.</summary>
internal sealed class Orchestrator(
    Model model,
    DcpHost dcpHost,
    Dashboard dashboard,
    ResourceHealth health,
    ResourceNotificationService notifications,
    IHostApplicationLifetime lifetime,
    IServiceProvider services,
    TimeProvider time,
    ILogger<Orchestrator> logger) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private Task running = Task.CompletedTask;
    private DcpClient? dcp;
    private Exception? failure;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        running = RunAsync(stopping.Token);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        if (dcp is not null)
            await dcp.StopAllAsync(time, cancellationToken);
        await running;
    }

    public void ThrowIfFailed()
    {
        if (failure is not null)
            throw new DistributedApplicationException(failure.Message, failure);
    }

    public void Dispose()
    {
        stopping.Dispose();
        dcp?.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Yield();
            var client = dcp = await dcpHost.StartAsync(cancellationToken);
            await AllocateAsync(client, cancellationToken);

            var resources = model.Resources.Where(Run.IsProcess).Append(dashboard.Describe())
                .Select(resource => new Run(resource, client, health, dashboard, notifications, services, logger))
                .ToList();
            var follow = FollowAsync(client, resources, cancellationToken);
            await Task.WhenAll([follow, .. resources.Select(resource => resource.StartAsync(cancellationToken))]);

            if (!cancellationToken.IsCancellationRequested)
                throw new DistributedApplicationException("DCP ended; every process of the application ended with it.");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end that was asked for.
        }
        catch (Exception problem)
        {
            failure = problem;
            lifetime.StopApplication();
        }
    }

    private async Task AllocateAsync(DcpClient client, CancellationToken cancellationToken)
    {
        foreach (var resource in model.Resources)
        {
            foreach (var endpoint in resource.Endpoints)
            {
                endpoint.DcpService = $"{resource.Name}-{endpoint.Name}";
                endpoint.Allocate(await client.CreateServiceAsync(endpoint.DcpService, endpoint.Port, cancellationToken));
            }
        }
    }

    private static async Task FollowAsync(DcpClient client, IReadOnlyList<Run> resources, CancellationToken cancellationToken)
    {
        await foreach (var executable in client.WatchExecutablesAsync(cancellationToken))
        {
            if (executable.Status is { } status && resources.FirstOrDefault(run => run.IsCalled(executable.Metadata.Name)) is { } run)
                await run.ObserveAsync(status, cancellationToken);
        }
    }
}
