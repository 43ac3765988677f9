using Google.Protobuf.Reflection;
using McpSecure.ApiKey.V1;
using McpSecure.Audit.V1;
using McpSecure.Auth.V1;
using McpSecure.Authorization.V1;
using McpSecure.Client;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace McpSecure.SystemTests;

/// <summary>Lists every rpc of the platform with the service that answers it and a workload that may call it.</summary>
internal static class Rpcs
{
    // Those that only our own services, or only applications, may call; the command line may call the others.
    private static readonly Dictionary<string, string> CallersOfOthers = new(StringComparer.Ordinal)
    {
        ["RecordEvents"] = Peers.Auth,
        ["Sign"] = Peers.Auth,
        ["ListPublicKeys"] = Peers.Auth,
        ["GrantFirstAdministrator"] = Peers.Auth,
        ["ValidateToken"] = Platform.Application,
        ["GetDatabaseAccount"] = Peers.Auth,
    };

    private static readonly (string Peer, ServiceDescriptor[] Services)[] Served =
    [
        (Peers.Auth, [AuthService.Descriptor, UserService.Descriptor, MfaService.Descriptor]),
        (Peers.ApiKey, [ApiKeyService.Descriptor]),
        (Peers.Authorization, [AuthorizationService.Descriptor, RoleService.Descriptor]),
        (Peers.Crypto,
        [
            EncryptionService.Descriptor, FernetService.Descriptor, DataProtectionService.Descriptor,
            KeyService.Descriptor, SigningService.Descriptor, CertificateService.Descriptor,
            SecretService.Descriptor, DatabaseService.Descriptor, LeaseService.Descriptor, DatabaseAccountService.Descriptor,
        ]),
        (Peers.Audit, [AuditService.Descriptor]),
    ];

    public static IEnumerable<(string Peer, MethodDescriptor Rpc, string Caller)> All =>
        from served in Served
        from service in served.Services
        from rpc in service.Methods
        select (served.Peer, rpc, CallersOfOthers.GetValueOrDefault(rpc.Name, "cli"));

    /// <summary>Gives what sends bytes to a service as a workload.</summary>
    public static ServiceProvider RawClientOf(this Platform platform, string workload, string peer) => platform.RawClientOf(platform.Files(workload), peer);

    /// <summary>Gives the same for whoever has these files.</summary>
    public static ServiceProvider RawClientOf(this Platform platform, CertificatePaths files, string peer) => new ServiceCollection()
        .AddMcpSecure(options => TestPki.Configure(options, files, (peer, platform[peer].Address)))
        .AddMcpSecureClient(peer, Served.First(served => served.Peer == peer).Services[0], invoker => new RawClient(invoker))
        .BuildServiceProvider();
}
