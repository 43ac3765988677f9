using System.Globalization;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Describes a port: DCP listens on <see cref="Port"/> (any free one when null) and passes on to the program's own.</summary>
public sealed class EndpointAnnotation
{
    private readonly TaskCompletionSource<int> allocated = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public required string Name { get; set; }

    public required string UriScheme { get; set; }

    public string Transport { get; set; } = "tcp";

    public int? Port { get; set; }

    public int? TargetPort { get; set; }

    /// <summary>Names the DCP service that stands for this port.</summary>
    internal string? DcpService { get; set; }

    internal Task<int> AllocatedPort => allocated.Task;

    internal void Allocate(int port) => allocated.TrySetResult(port);
}

public enum EndpointProperty
{
    Url = 0,
    Host = 1,
    IPV4Host = 2,
    Port = 3,
    Scheme = 4,
    TargetPort = 5,
    HostAndPort = 6,
    TlsEnabled = 7,
}

/// <summary>Points at an endpoint of a resource, which may be declared later.</summary>
public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName) : IValueProvider, IManifestExpressionProvider
{
    public IResourceWithEndpoints Resource { get; } = owner;

    public string EndpointName { get; } = endpointName;

    internal EndpointAnnotation Annotation => ApplicationModel.Resource.Of(Resource).Endpoint(EndpointName);

    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
        Property(EndpointProperty.Url).GetValueAsync(cancellationToken);
}

/// <summary>Gives one property of an endpoint, waiting for its port where it takes one.</summary>
public sealed class EndpointReferenceExpression(EndpointReference endpointReference, EndpointProperty property)
    : IValueProvider, IManifestExpressionProvider
{
    private const string Host = "localhost";

    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default)
    {
        var endpoint = endpointReference.Annotation;
        return property switch
        {
            EndpointProperty.Host => Host,
            EndpointProperty.Scheme => endpoint.UriScheme,
            EndpointProperty.Port => await PortAsync(),
            EndpointProperty.HostAndPort => $"{Host}:{await PortAsync()}",
            EndpointProperty.Url => $"{endpoint.UriScheme}://{Host}:{await PortAsync()}",
            // DCP fills the template in when it starts the program, which is the only one to know this port.
            EndpointProperty.TargetPort => endpoint.TargetPort?.ToString(CultureInfo.InvariantCulture)
                ?? $$$"""{{- portForServing "{{{endpoint.DcpService}}}" -}}""",
            _ => throw new DistributedApplicationException($"The stand-in does not know the endpoint property {property}."),
        };

        async Task<string> PortAsync() =>
            (await endpoint.AllocatedPort.WaitAsync(cancellationToken)).ToString(CultureInfo.InvariantCulture);
    }
}
