using System.Globalization;

namespace McpSecure.AppHost;

/// <summary>Gives a service its configuration, and the diagram its words.</summary>
internal static class ServiceModel
{
    private const string Grpc = "grpc";
    private const string Health = "health";
    private const int PublishedGrpcPort = 8443;
    private const int PublishedHealthPort = 8081;

    public static IResourceBuilder<ProjectResource> AsService(
        this IResourceBuilder<ProjectResource> service, Settings settings, IWorkloadFiles files, RunPort? run)
    {
        var own = files.Of(service.Resource.Name);
        service
            .WithHttpsEndpoint(port: run?.Grpc, targetPort: run is null ? PublishedGrpcPort : null, name: Grpc)
            .WithEndpoint(Grpc, endpoint => endpoint.Transport = "http2")
            .WithHttpEndpoint(targetPort: run is null ? PublishedHealthPort : null, name: Health)
            .WithHttpHealthCheck("/health", endpointName: Health)
            .WithEndpointsInEnvironment(_ => false) // the service listens where Listen__ says
            .DisableForwardedHeaders() // a caller's address is the one of its connection, not one that it claims
            .WithReferenceEnvironment(ReferenceEnvironmentInjectionFlags.ConnectionString)
            .WithEnvironment("DOTNET_ENVIRONMENT", service.ApplicationBuilder.Environment.EnvironmentName)
            .WithEnvironment("Listen__Address", run is null ? "*" : "localhost")
            .WithEnvironment("Listen__GrpcPort", ListeningPort(service, Grpc, run, PublishedGrpcPort))
            .WithEnvironment("Listen__HealthPort", ListeningPort(service, Health, run, PublishedHealthPort))
            .WithEnvironment("Mtls__CertificatePath", own.CertificatePath)
            .WithEnvironment("Mtls__KeyPath", own.KeyPath)
            .WithEnvironment("Mtls__TrustBundlePath", own.TrustBundlePath)
            .WithEnvironment("Mtls__TrustDomain", settings.TrustDomain);
        if (own.RevocationListPath is { } lists)
            service.WithEnvironment("Mtls__RevocationListPath", lists).WithEnvironment("Mtls__Renewal", "true");
        for (var i = 0; i < settings.Applications.Count; i++)
            service.WithEnvironment($"CallerPolicy__Applications__{i}", settings.Applications[i]);

#pragma warning disable ASPIRECERTIFICATES001 // the service brings its own certificate; Aspire's is not wanted
        return service.WithoutHttpsCertificate();
#pragma warning restore ASPIRECERTIFICATES001
    }

    /// <summary>Gives the service a database of its own.</summary>
    public static IResourceBuilder<ProjectResource> Owns(this IResourceBuilder<ProjectResource> service, PostgresServer postgres, string database) =>
        service.WithReference(postgres.Database(database)).WaitFor(postgres.Server);

    /// <summary>Lets Crypto rotate the accounts that services sign in to their databases with. In a published model that is for the deployment to decide.</summary>
    public static void Rotates(
        this IResourceBuilder<ProjectResource> crypto, PostgresServer postgres, params IReadOnlyList<(IResourceBuilder<ProjectResource> Service, string Database)> accounts)
    {
        if (crypto.ApplicationBuilder.ExecutionContext.IsPublishMode)
            return;
        foreach (var (service, database) in accounts)
        {
            service.WithEnvironment("DatabaseAccount__Rotated", "true");
            crypto.WithEnvironment($"DatabaseAccounts__Logins__{service.Resource.Name}", postgres.Logins(database));
            if (service == crypto)
                crypto.WithEnvironment("DatabaseAccount__File", postgres.AccountFile(database));
        }
    }

    /// <summary>Gives the service the Redis that all share.</summary>
    public static IResourceBuilder<ProjectResource> Uses(this IResourceBuilder<ProjectResource> service, RedisServer redis) =>
        service.WithReference(redis.Connection).WaitFor(redis.Server);

    /// <summary>Makes this machine's authority the service's first, so that whatever it issues chains to what everybody trusts already.</summary>
    public static IResourceBuilder<ProjectResource> TakesOver(
        this IResourceBuilder<ProjectResource> service, (string CertificatePath, string KeyPath)? authority) => authority is not { } files
            ? service
            : service
                .WithEnvironment("Certificates__Authority__CertificatePath", files.CertificatePath)
                .WithEnvironment("Certificates__Authority__KeyPath", files.KeyPath)
                .WithEnvironment("Certificates__DnsNames__0", "localhost"); // for callers whose TLS library insists on a host name

    /// <summary>Tells the service where its peers are. It does not wait for them: two may call each other.</summary>
    public static void Calls(this IResourceBuilder<ProjectResource> service, params IReadOnlyList<IResourceBuilder<ProjectResource>> peers)
    {
        foreach (var peer in peers)
            service.WithEnvironment($"Peers__{peer.Resource.Name}", peer.Address());
    }

    // Spelt out: a custom endpoint's url loses its scheme in some publishers.
    public static ReferenceExpression Address(this IResourceBuilder<ProjectResource> service) => ReferenceExpression.Create(
        $"https://{service.GetEndpoint(Grpc).Property(EndpointProperty.Host)}:{service.GetEndpoint(Grpc).Property(EndpointProperty.Port)}");

    // A published one as a plain number: not every publisher resolves a target port.
    private static ReferenceExpression ListeningPort(IResourceBuilder<ProjectResource> service, string endpoint, RunPort? run, int published) =>
        run is null
            ? ReferenceExpression.Create($"{published.ToString(CultureInfo.InvariantCulture)}")
            : ReferenceExpression.Create($"{service.GetEndpoint(endpoint).Property(EndpointProperty.TargetPort)}");
}

/// <param name="Grpc">The port that callers on this machine use; null is any free one.</param>
internal sealed record RunPort(int? Grpc);
