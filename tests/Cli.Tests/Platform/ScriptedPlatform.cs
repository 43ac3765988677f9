using Grpc.AspNetCore.Server;
using McpSecure.ApiKey.V1;
using McpSecure.Audit.V1;
using McpSecure.Auth.V1;
using McpSecure.Authorization.V1;
using McpSecure.Client;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace McpSecure.Cli.Tests;

/// <summary>
/// Runs the five workloads of the platform in this process, over real mutual TLS, with the policy, the validation and the refusals of the
/// real ones; what they answer is the test's script.
/// </summary>
public sealed class ScriptedPlatform : IAsyncLifetime
{
    private readonly List<WorkloadHost> hosts = [];

    public TestPki Pki { get; } = new();

    public CertificatePaths Cli { get; private set; } = null!;

    public ScriptHolder Script { get; } = new();

    /// <summary>Gets the address of each workload by its name.</summary>
    public IDictionary<string, Uri> Addresses { get; } = new Dictionary<string, Uri>(StringComparer.Ordinal);

    public async Task InitializeAsync()
    {
        Cli = Pki.Workload("cli");
        await StartAsync(Peers.Auth, [AuthService.Descriptor, UserService.Descriptor, MfaService.Descriptor], app =>
        {
            app.MapGrpcService<ScriptedAuth>();
            app.MapGrpcService<ScriptedUsers>();
            app.MapGrpcService<ScriptedSecondFactors>();
        });
        await StartAsync(Peers.ApiKey, [ApiKeyService.Descriptor, ApiKeyUsageService.Descriptor, RateLimitService.Descriptor], app =>
        {
            app.MapGrpcService<ScriptedApiKeys>();
            app.MapGrpcService<ScriptedKeyUsage>();
            app.MapGrpcService<ScriptedLimits>();
        });
        await StartAsync(
            Peers.Authorization,
            [AuthorizationService.Descriptor, OrganizationService.Descriptor, RoleService.Descriptor, GrantService.Descriptor, ResourceService.Descriptor],
            app =>
            {
                app.MapGrpcService<ScriptedDecisions>();
                app.MapGrpcService<ScriptedOrganizations>();
                app.MapGrpcService<ScriptedRoles>();
                app.MapGrpcService<ScriptedGrants>();
                app.MapGrpcService<ScriptedResources>();
            });
        await StartAsync(
            Peers.Crypto,
            [
                EncryptionService.Descriptor, FernetService.Descriptor, SigningService.Descriptor, KeyService.Descriptor, DataProtectionService.Descriptor,
                SecretService.Descriptor, CertificateService.Descriptor, DatabaseService.Descriptor, LeaseService.Descriptor, DatabaseAccountService.Descriptor,
            ],
            app =>
            {
                app.MapGrpcService<ScriptedEncryption>();
                app.MapGrpcService<ScriptedFernet>();
                app.MapGrpcService<ScriptedSigning>();
                app.MapGrpcService<ScriptedKeyrings>();
                app.MapGrpcService<ScriptedDataProtection>();
                app.MapGrpcService<ScriptedSecrets>();
                app.MapGrpcService<ScriptedCertificates>();
                app.MapGrpcService<ScriptedDatabases>();
                app.MapGrpcService<ScriptedLeases>();
                app.MapGrpcService<ScriptedAccounts>();
            });
        await StartAsync(Peers.Audit, [AuditService.Descriptor], app => app.MapGrpcService<ScriptedLog>());
    }

    public async Task DisposeAsync()
    {
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }

        Pki.Dispose();
    }

    private async Task StartAsync(string name, ServiceDescriptor[] services, Action<WebApplication> map)
    {
        var policy = services.SelectMany(service => service.Methods).Aggregate(
            CallerPolicy.For(services), (made, rpc) => made.Allow($"{rpc.Service.FullName}/{rpc.Name}", Caller.Service("cli")));
        var host = await WorkloadHost.StartAsync(Pki, new Workload(name, Assembly: null, builder =>
        {
            builder.AddServiceDefaults(policy);
            builder.Services.AddSingleton(Script);
            builder.Services.AddSingleton<ScriptInterceptor>();
            builder.Services.Configure<GrpcServiceOptions>(options => options.Interceptors.Add<ScriptInterceptor>());
        }, map));
        hosts.Add(host);
        Addresses[name] = host.Address;
    }
}

/// <summary>Shares the platform, and with it runs its tests one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class PlatformTests : ICollectionFixture<ScriptedPlatform>
{
    public const string Name = "scripted platform";
}
