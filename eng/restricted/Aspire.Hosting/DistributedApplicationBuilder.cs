using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Orchestration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

public interface IDistributedApplicationBuilder
{
    ConfigurationManager Configuration { get; }

    IHostEnvironment Environment { get; }

    IServiceCollection Services { get; }

    DistributedApplicationExecutionContext ExecutionContext { get; }

    IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource;

    DistributedApplication Build();
}

/// <summary>Lets the extension methods say more about a resource.</summary>
public interface IResourceBuilder<out T>
    where T : IResource
{
    IDistributedApplicationBuilder ApplicationBuilder { get; }

    T Resource { get; }
}

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder host;
    private readonly Model model = new();

    public DistributedApplicationBuilder(string[] args)
    {
        host = Host.CreateApplicationBuilder(args);
        // As in Aspire: "--operation publish", or a publisher named by itself.
        if (string.Equals(Configuration["operation"], "publish", StringComparison.OrdinalIgnoreCase) || Configuration["publisher"] is not null)
        {
            throw new DistributedApplicationException(
                "The stand-in for Aspire.Hosting publishes nothing: publish on a machine where the Aspire packages restore.");
        }

        // Requests to DCP and health checks are no news.
        host.Logging.AddFilter("System.Net.Http", LogLevel.Warning);
        host.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);

        Services.AddSingleton(ExecutionContext);
        Services.AddSingleton(model);
        Services.AddSingleton<ResourceNotificationService>();
        Services.AddSingleton<DcpHost>();
        Services.AddSingleton<Dashboard>();
        Services.AddSingleton<ResourceHealth>();
        Services.AddSingleton<Orchestrator>();
        Services.AddHostedService(services => services.GetRequiredService<Orchestrator>());
        Services.AddHealthChecks();
        Services.TryAddSingleton(TimeProvider.System);
        Services.AddHttpClient();
    }

    public ConfigurationManager Configuration => host.Configuration;

    public IHostEnvironment Environment => host.Environment;

    public IServiceCollection Services => host.Services;

    public DistributedApplicationExecutionContext ExecutionContext { get; } = new();

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        model.Add(Resource.Of(resource));
        return new ResourceBuilder<T>(this, resource);
    }

    public DistributedApplication Build() => new(host.Build());

    private sealed record ResourceBuilder<T>(IDistributedApplicationBuilder ApplicationBuilder, T Resource) : IResourceBuilder<T>
        where T : IResource;
}

/// <summary>Holds the resources in the order of their declaration.</summary>
internal sealed class Model
{
    private readonly List<Resource> resources = [];

    public IReadOnlyList<Resource> Resources => resources;

    public void Add(Resource resource)
    {
        if (resources.Exists(other => string.Equals(other.Name, resource.Name, StringComparison.OrdinalIgnoreCase)))
            throw new DistributedApplicationException($"Two resources are named '{resource.Name}'.");
        resources.Add(resource);
    }
}
