using Grpc.AspNetCore.Server;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.ServiceDefaults;

/// <summary>Gives all calls the same handler: none keeps anything of a call, and making one for each costs more than many of them do.</summary>
/// <typeparam name="T">The handler's type.</typeparam>
internal sealed class SharedHandler<T>(IServiceProvider services) : IGrpcServiceActivator<T>
    where T : class
{
    // One that could not be made is tried again at the next call.
    private readonly Lazy<T> handler = new(() => ActivatorUtilities.GetServiceOrCreateInstance<T>(services), LazyThreadSafetyMode.PublicationOnly);

    public GrpcActivatorHandle<T> Create(IServiceProvider serviceProvider) => new(handler.Value, created: false, state: null);

    public ValueTask ReleaseAsync(GrpcActivatorHandle<T> service) => ValueTask.CompletedTask;
}
