using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.Audit.V1;
using McpSecure.Auth.V1;
using McpSecure.Authorization.V1;
using McpSecure.Client;
using McpSecure.Crypto.V1;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ContractService = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds McpSecure's clients to an application.</summary>
public static class McpSecureServiceCollectionExtensions
{
    /// <summary>
    /// Adds a typed client for every public service, over mutual TLS, with deadlines, retries of idempotent rpcs and certificates that are
    /// re-read when their files change. Clients are singletons and safe to use in parallel; one whose peer has no address throws when resolved.
    /// </summary>
    public static IServiceCollection AddMcpSecure(this IServiceCollection services, Action<McpSecureClientOptions> configure)
    {
        services.Configure(configure);

        return services
            .AddMcpSecureClient(Peers.Auth, AuthService.Descriptor, invoker => new AuthService.AuthServiceClient(invoker))
            .AddMcpSecureClient(Peers.Auth, UserService.Descriptor, invoker => new UserService.UserServiceClient(invoker))
            .AddMcpSecureClient(Peers.Auth, MfaService.Descriptor, invoker => new MfaService.MfaServiceClient(invoker))
            .AddMcpSecureClient(Peers.ApiKey, ApiKeyService.Descriptor, invoker => new ApiKeyService.ApiKeyServiceClient(invoker))
            .AddMcpSecureClient(Peers.ApiKey, ApiKeyUsageService.Descriptor, invoker => new ApiKeyUsageService.ApiKeyUsageServiceClient(invoker))
            .AddMcpSecureClient(Peers.ApiKey, RateLimitService.Descriptor, invoker => new RateLimitService.RateLimitServiceClient(invoker))
            .AddMcpSecureClient(Peers.Authorization, AuthorizationService.Descriptor, invoker => new AuthorizationService.AuthorizationServiceClient(invoker))
            .AddMcpSecureClient(Peers.Authorization, RoleService.Descriptor, invoker => new RoleService.RoleServiceClient(invoker))
            .AddMcpSecureClient(Peers.Authorization, OrganizationService.Descriptor, invoker => new OrganizationService.OrganizationServiceClient(invoker))
            .AddMcpSecureClient(Peers.Authorization, GrantService.Descriptor, invoker => new GrantService.GrantServiceClient(invoker))
            .AddMcpSecureClient(Peers.Authorization, ResourceService.Descriptor, invoker => new ResourceService.ResourceServiceClient(invoker))
            .AddMcpSecureClient(Peers.Crypto, EncryptionService.Descriptor, invoker => new EncryptionService.EncryptionServiceClient(invoker))
            .AddMcpSecureClient(Peers.Crypto, FernetService.Descriptor, invoker => new FernetService.FernetServiceClient(invoker))
            .AddMcpSecureClient(Peers.Crypto, DataProtectionService.Descriptor, invoker => new DataProtectionService.DataProtectionServiceClient(invoker))
            .AddMcpSecureClient(Peers.Crypto, KeyService.Descriptor, invoker => new KeyService.KeyServiceClient(invoker))
            .AddMcpSecureClient(Peers.Crypto, SigningService.Descriptor, invoker => new SigningService.SigningServiceClient(invoker))
            .AddMcpSecureClient(Peers.Crypto, SecretService.Descriptor, invoker => new SecretService.SecretServiceClient(invoker))
            .AddMcpSecureClient(Peers.Crypto, CertificateService.Descriptor, invoker => new CertificateService.CertificateServiceClient(invoker))
            .AddMcpSecureClient(Peers.Crypto, DatabaseService.Descriptor, invoker => new DatabaseService.DatabaseServiceClient(invoker))
            .AddMcpSecureClient(Peers.Crypto, DatabaseAccountService.Descriptor, invoker => new DatabaseAccountService.DatabaseAccountServiceClient(invoker))
            .AddMcpSecureClient(Peers.Crypto, LeaseService.Descriptor, invoker => new LeaseService.LeaseServiceClient(invoker))
            .AddMcpSecureClient(Peers.Audit, AuditService.Descriptor, invoker => new AuditService.AuditServiceClient(invoker));
    }

    /// <summary>
    /// Adds the client of one service of one peer; <paramref name="descriptor"/> tells which of its rpcs may be tried again. Null: none, for a caller
    /// that repeats them in its own way.
    /// </summary>
    public static IServiceCollection AddMcpSecureClient<TClient>(
        this IServiceCollection services,
        string peer,
        ContractService? descriptor,
        Func<CallInvoker, TClient> create)
        where TClient : ClientBase
    {
        services.AddMcpSecureCore();
        if (descriptor is not null)
        {
            services.AddSingleton(new PeerService(peer, descriptor));
        }

        services.TryAddSingleton(provider => create(provider.GetRequiredService<PeerChannels>().To(peer)));
        return services;
    }

    /// <summary>Adds what every client shares: the checked options, the certificate files and the channels.</summary>
    internal static IServiceCollection AddMcpSecureCore(this IServiceCollection services)
    {
        services.AddOptions<McpSecureClientOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<McpSecureClientOptions>, McpSecureClientOptionsValidator>());
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => ActivatorUtilities.CreateInstance<CertificateFiles>(
            provider, provider.GetRequiredService<IOptions<McpSecureClientOptions>>().Value.Mtls));
        services.TryAddSingleton<PeerChannels>();
        services.TryAddSingleton<ICertificateSource, RemoteCertificateSource>();
        services.TryAddSingleton<CertificateRenewal>();
        services.AddHostedService<RenewalService>();
        return services;
    }
}
