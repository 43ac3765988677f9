using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpSecure.AppHost;

/// <summary>Adds what the deployment diagram names to the model: servers and services, to be run here or to be published.</summary>
internal sealed class Platform
{
    private const string Tcp = "tcp";
    private const string BootstrapSecret = "bootstrap-secret";

    private readonly IDistributedApplicationBuilder builder;
    private readonly Settings settings;
    private readonly IWorkloadFiles files;
    private readonly List<IResourceBuilder<ProjectResource>> services = [];

    // Null when the model is published: then there is no run to stand on anything.
    private readonly Ground? ground;

    private Platform(IDistributedApplicationBuilder builder, Settings settings, Ground? ground)
    {
        (this.builder, this.settings, this.ground) = (builder, settings, ground);
        files = ground is null ? new MountedFiles() : new LocalFiles(ground.Certificates, ground.Secrets);
    }

    public string RootKeyFile => files.RootKey;

    /// <summary>Gets the files of the authority that Crypto takes over; null when the model is published.</summary>
    public (string CertificatePath, string KeyPath)? Authority => files.Authority;

    /// <exception cref="CannotStartException">Something is in the way of a run; the message says what to do.</exception>
    public static async Task<Platform> PrepareAsync(string[] args)
    {
        var application = DistributedApplication.CreateBuilder(args);
        var read = Settings.Read(application.Configuration);
        return new(application, read, application.ExecutionContext.IsPublishMode ? null : await Ground.PrepareAsync(read, application.Configuration));
    }

    public PostgresServer AddPostgres()
    {
        var password = AddSecret(PostgresFiles.PasswordName);
        if (ground is { Servers: Servers.Local local })
        {
            var server = LocalServers.AddPostgres(builder, local.Postgres, local.PostgresData);
            var postgres = new PostgresServer(server, server.GetEndpoint(Tcp), password, ground.Secrets).CreatedWhenReady();
            server.HealthyWhen(cancellationToken => LocalServers.AskPostgresAsync(postgres.SuperuserConnection, cancellationToken));
            return postgres;
        }

        var container = builder.AddPostgres("postgres", password: password).WithDataVolume((ground?.Servers as Servers.Containers)?.Volume);
        var contained = new PostgresServer(container, container.GetEndpoint(Tcp), password, ground?.Secrets);
        return ground is null ? contained : contained.CreatedWhenReady();
    }

    public RedisServer AddRedis()
    {
        const string passwordName = "redis-password";
        var password = AddSecret(passwordName);
        if (ground is { Servers: Servers.Local local })
        {
            var secret = ground.Secrets.Text(passwordName);
            var server = LocalServers.AddRedis(builder, local.Redis, ground.Folder.Redis, secret);
            server.HealthyWhen(cancellationToken => LocalServers.AskRedisAsync(server.GetEndpoint(Tcp), secret, cancellationToken));
            return new(server, server.GetEndpoint(Tcp), password);
        }

#pragma warning disable ASPIRECERTIFICATES001 // keeps the connection string the same with and without a trusted development certificate
        var container = builder.AddRedis("redis-server", password: password).WithoutHttpsCertificate();
#pragma warning restore ASPIRECERTIFICATES001
        return new(container, container.GetEndpoint(Tcp), password);
    }

    public IResourceBuilder<ProjectResource> AddService<TProject>(string name)
        where TProject : IProjectMetadata, new()
    {
        var service = builder.AddProject<TProject>(name).AsService(settings, files, builder.ExecutionContext.IsPublishMode ? null : new(settings.Ports[name]));
        services.Add(service);
        return service;
    }

    /// <summary>Adds the one-time secret of the first administrator.</summary>
    public IResourceBuilder<ParameterResource> AddBootstrapSecret() => AddSecret(BootstrapSecret);

    public DistributedApplication Build()
    {
        if (ground is not null)
        {
            builder.Services.AddHostedService(provider => new CertificateRenewal(
                ground.Certificates, ground.Workloads, TimeProvider.System, provider.GetRequiredService<ILogger<CertificateRenewal>>()));

            // First of all: Aspire's own hosted service is not done starting before every resource is, and one may die before that.
            builder.Services.Insert(0, ServiceDescriptor.Singleton<IHostedService>(provider => new Announcer(
                provider.GetRequiredService<ResourceNotificationService>(),
                provider.GetRequiredService<IHostApplicationLifetime>(),
                [.. services.Select(service => service.Resource.Name)],
                WelcomeAsync)));
        }

        return builder.Build();
    }

    // A run makes it for itself, a deployment is given it.
    private IResourceBuilder<ParameterResource> AddSecret(string name) => builder.AddParameter(
        name,
        () => (ground?.Secrets ?? throw new InvalidOperationException("A published model has no secrets of its own.")).Text(name),
        secret: true);

    private async Task<string> WelcomeAsync(CancellationToken cancellationToken)
    {
        var addresses = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var service in services)
            addresses[service.Resource.Name] = (await service.Address().GetValueAsync(cancellationToken))!;
        CallerProfiles.Write(ground!.Folder, settings, files, addresses);

        return $"""
            McpSecure is up: {string.Join(", ", addresses.Keys)} are healthy. Follow the story with ./eng/story.sh
            The first administrator is made once, with the secret {ground.Secrets.Text(BootstrapSecret)}
              ./eng/mcpsecure bootstrap <name> --secret-file {ground.Secrets.PathOf(BootstrapSecret)}
            """;
    }
}
