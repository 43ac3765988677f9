using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Names a project; <c>Projects.*</c> is generated with it, as by Aspire's SDK.</summary>
public interface IProjectMetadata
{
    /// <summary>Gets the full path of the project file.</summary>
    string ProjectPath { get; }

    /// <summary>Gets the full path of what the project was built to. Only the stand-in asks.</summary>
    string AssemblyPath { get; }
}

public static class ProjectResourceBuilderExtensions
{
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new() => builder.AddResource(new ProjectResource(name) { Project = new TProject() });

    /// <summary>Changes nothing: the stand-in puts no endpoint into ASPNETCORE_URLS.</summary>
    public static IResourceBuilder<ProjectResource> WithEndpointsInEnvironment(
        this IResourceBuilder<ProjectResource> builder, Func<EndpointAnnotation, bool> filter) => builder;

    /// <summary>Changes nothing: forwarded headers are switched on when a model is published, and the stand-in publishes none.</summary>
    public static IResourceBuilder<ProjectResource> DisableForwardedHeaders(this IResourceBuilder<ProjectResource> builder) => builder;
}

public static class ExecutableResourceBuilderExtensions
{
    public static IResourceBuilder<ExecutableResource> AddExecutable(
        this IDistributedApplicationBuilder builder, string name, string command, string workingDirectory, params string[]? args) =>
        builder.AddResource(new ExecutableResource(name, command, workingDirectory)).WithArgs(context =>
        {
            foreach (var arg in args ?? [])
                context.Args.Add(arg);
        });
}

public static class ParameterResourceBuilderExtensions
{
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, Func<string> valueGetter, bool publishValueAsDefault = false, bool secret = false) =>
        builder.AddResource(new ParameterResource(name, valueGetter, secret));
}

public sealed class ConnectionStringResource(string name, ReferenceExpression connectionStringExpression)
    : Resource(name), IResourceWithConnectionString, IResourceWithWaitSupport
{
    public ReferenceExpression ConnectionStringExpression { get; } = connectionStringExpression;
}

public static class ConnectionStringBuilderExtensions
{
    public static IResourceBuilder<ConnectionStringResource> AddConnectionString(
        this IDistributedApplicationBuilder builder, string name, ReferenceExpression connectionStringExpression) =>
        builder.AddResource(new ConnectionStringResource(name, connectionStringExpression));
}
