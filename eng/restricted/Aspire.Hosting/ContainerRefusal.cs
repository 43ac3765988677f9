using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Lets a model with containers compile, and refuses it when it is built: no container engine is at hand to prove more.</summary>
internal static class ContainerRefusal
{
    public static DistributedApplicationException Because(string name) =>
        new($"The stand-in for Aspire.Hosting runs no containers ('{name}'): set McpSecure__Servers=local to use installed servers.");
}

public static class PostgresBuilderExtensions
{
    public static IResourceBuilder<PostgresServerResource> AddPostgres(
        this IDistributedApplicationBuilder builder,
        string name,
        IResourceBuilder<ParameterResource>? userName = null,
        IResourceBuilder<ParameterResource>? password = null,
        int? port = null) => throw ContainerRefusal.Because(name);

    public static IResourceBuilder<PostgresServerResource> WithDataVolume(
        this IResourceBuilder<PostgresServerResource> builder, string? name = null, bool isReadOnly = false) =>
        throw ContainerRefusal.Because(builder.Resource.Name);
}

public static class RedisBuilderExtensions
{
    public static IResourceBuilder<RedisResource> AddRedis(
        this IDistributedApplicationBuilder builder, string name, int? port = null, IResourceBuilder<ParameterResource>? password = null) =>
        throw ContainerRefusal.Because(name);
}
