using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Orchestration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Runs the application that a builder described: over the real DCP, beside the real dashboard.</summary>
public sealed class DistributedApplication : IAsyncDisposable
{
    private readonly IHost host;

    internal DistributedApplication(IHost host) => this.host = host;

    public IServiceProvider Services => host.Services;

    public ResourceNotificationService ResourceNotifications => Services.GetRequiredService<ResourceNotificationService>();

    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => new DistributedApplicationBuilder(args);

    /// <summary>Runs until SIGTERM or Ctrl-C; when it returns, or throws, no process of the application is left.</summary>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        var orchestrator = Services.GetRequiredService<Orchestrator>(); // RunAsync disposes of the services
        await host.RunAsync(cancellationToken);
        orchestrator.ThrowIfFailed();
    }

    public async ValueTask DisposeAsync()
    {
        if (host is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync();
        else
            host.Dispose();
    }
}

/// <summary>Tells what keeps the application from running as described.</summary>
public class DistributedApplicationException : Exception
{
    public DistributedApplicationException()
    {
    }

    public DistributedApplicationException(string message)
        : base(message)
    {
    }

    public DistributedApplicationException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>Tells whether the model is run or published; the stand-in only runs.</summary>
public sealed class DistributedApplicationExecutionContext
{
    internal DistributedApplicationExecutionContext()
    {
    }

    public bool IsPublishMode { get; }

    public bool IsRunMode => !IsPublishMode;
}
