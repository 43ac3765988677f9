namespace Aspire.Hosting.ApplicationModel;

/// <summary>Names a part of the application: a process, a value.</summary>
public interface IResource
{
    /// <summary>Gets the name, unique in the model.</summary>
    string Name { get; }
}

public interface IResourceWithEnvironment : IResource;

public interface IResourceWithArgs : IResource;

public interface IResourceWithEndpoints : IResource;

public interface IResourceWithWaitSupport : IResource;

/// <summary>Carries what the builder methods said about a resource until the orchestrator reads it.</summary>
public abstract class Resource(string name) : IResource
{
    public string Name { get; } = name;

    internal List<EndpointAnnotation> Endpoints { get; } = [];

    internal Dictionary<string, IValueProvider> Environment { get; } = new(StringComparer.Ordinal);

    internal List<Action<CommandLineArgsCallbackContext>> Args { get; } = [];

    internal List<Resource> WaitsFor { get; } = [];

    internal List<string> HealthChecks { get; } = [];

    internal List<Func<ResourceReadyEvent, CancellationToken, Task>> WhenReady { get; } = [];

    internal static Resource Of(IResource resource) => (Resource)resource;

    internal EndpointAnnotation Endpoint(string name) =>
        Endpoints.Find(endpoint => string.Equals(endpoint.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new DistributedApplicationException($"Resource '{Name}' has no endpoint '{name}'.");
}

/// <summary>Runs a program of this machine.</summary>
public class ExecutableResource(string name, string command, string workingDirectory)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport
{
    public string Command { get; } = command;

    public string WorkingDirectory { get; } = workingDirectory;
}

/// <summary>Runs a .NET project of this repository.</summary>
public class ProjectResource(string name)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport
{
    internal IProjectMetadata? Project { get; init; }
}

/// <summary>Exists so that a model with containers compiles; <see cref="ContainerRefusal"/> says why none is ever made.</summary>
public class ContainerResource(string name)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport;

/// <inheritdoc cref="ContainerResource"/>
public class PostgresServerResource(string name) : ContainerResource(name);

/// <inheritdoc cref="ContainerResource"/>
public class RedisResource(string name) : ContainerResource(name);

/// <summary>Tells what is ready.</summary>
public sealed class ResourceReadyEvent(IResource resource, IServiceProvider services)
{
    public IResource Resource { get; } = resource;

    public IServiceProvider Services { get; } = services;
}

/// <summary>Collects the arguments of a command line: strings and <see cref="IValueProvider"/>s.</summary>
public sealed class CommandLineArgsCallbackContext(IList<object> args, CancellationToken cancellationToken = default)
{
    public IList<object> Args { get; } = args;

    public CancellationToken CancellationToken { get; } = cancellationToken;
}
