namespace McpSecure.AppHost;

/// <summary>Is a Redis in the model, in a container or local.</summary>
internal sealed class RedisServer(IResourceBuilder<IResource> server, EndpointReference endpoint, IResourceBuilder<ParameterResource> password)
{
    public IResourceBuilder<IResource> Server => server;

    /// <summary>Gives what every service connects with.</summary>
    public IResourceBuilder<IResourceWithConnectionString> Connection { get; } = server.ApplicationBuilder.AddConnectionString(
        "redis",
        ReferenceExpression.Create($"{endpoint.Property(EndpointProperty.HostAndPort)},password={password}"));
}
