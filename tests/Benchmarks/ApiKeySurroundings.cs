using Google.Protobuf;
using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.Client;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.Benchmarks;

/// <summary>
/// Gives ApiKey what it needs to be itself: a database, Redis, a Crypto that opens its pepper, and an Auth and an Authorization that let everybody
/// make keys. Only its own process is measured.
/// </summary>
internal sealed class ApiKeySurroundings
{
    /// <summary>The name in the caller's certificate, of one who makes keys and validates them.</summary>
    public const string CallerName = "cli";

    private static readonly Lock Change = new();
    private static Task<ApiKeySurroundings>? shared;

    private readonly TestPki pki;
    private readonly AuthDouble auth;

    private ApiKeySurroundings(TestPki pki, AuthDouble auth, params KeyValuePair<string, string?>[] settings) =>
        (this.pki, this.auth, Settings) = (pki, auth, settings);

    /// <summary>Gets the settings of an ApiKey.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Settings { get; }

    public static Task<ApiKeySurroundings> SharedAsync(TestPki pki)
    {
        lock (Change)
        {
            return shared ??= StartAsync(pki);
        }
    }

    /// <summary>Makes what measures a warm validation: a key, and the call that presents it.</summary>
    public static async Task<Func<CancellationToken, Task>> ValidateAsync(IServiceProvider clients, CancellationToken stop)
    {
        var keys = clients.GetRequiredService<ApiKeyService.ApiKeyServiceClient>();
        var created = await (await shared!).CreateAsync(keys, stop);
        var request = new ValidateApiKeyRequest { Secret = created.Secret, RequiredScopes = { "mcp:read" } };
        return async cancellationToken => await keys.ValidateApiKeyAsync(request, cancellationToken: cancellationToken);
    }

    /// <summary>Makes a key for a user of its own.</summary>
    public async Task<CreateApiKeyResponse> CreateAsync(ApiKeyService.ApiKeyServiceClient keys, CancellationToken stop) => await keys.CreateApiKeyAsync(
        new() { Name = "benchmark", Scopes = { "mcp:read" } }, auth.SignIn(Guid.CreateVersion7(TimeProvider.System.GetUtcNow())), cancellationToken: stop);

    /// <summary>Ends a key on an administrator's authority.</summary>
    public async Task RevokeAsync(ApiKeyService.ApiKeyServiceClient keys, string id, CancellationToken stop) => await keys.RevokeApiKeyAsync(
        new() { ApiKeyId = id }, auth.SignIn(Guid.CreateVersion7(TimeProvider.System.GetUtcNow())), cancellationToken: stop);

    /// <summary>Gives the clients of the command line, connected to a server.</summary>
    public ServiceProvider ClientsOf(BenchmarkServer server) => new ServiceCollection()
        .AddMcpSecure(options => TestPki.Configure(options, pki.Workload(CallerName), (Hosts.ApiKey, server.Address)))
        .BuildServiceProvider();

    private static async Task<ApiKeySurroundings> StartAsync(TestPki pki)
    {
        var tokens = new AuthDouble();
        return new ApiKeySurroundings(
            pki,
            tokens,
            new("ConnectionStrings:apikeydb", await (await PostgresServer.SharedAsync()).CreateDatabaseAsync()),
            new("ConnectionStrings:redis", (await RedisServer.SharedAsync()).ConnectionString),
            new("ApiKey:WorkFactor", "10"),
            new("Peers:auth", await AddressOfAsync(pki, tokens.Workload)),
            new("Peers:authorization", await AddressOfAsync(pki, new AuthorizationDouble { Decide = _ => true }.Workload)),
            new("Peers:crypto", await AddressOfAsync(pki, new Workload(
                Peers.Crypto,
                Assembly: null,
                builder => builder.AddServiceDefaults(CallerPolicy.For(EncryptionService.Descriptor)
                    .Allow("mcpsecure.crypto.v1.EncryptionService/Encrypt", Caller.Service(Peers.ApiKey))
                    .Allow("mcpsecure.crypto.v1.EncryptionService/Decrypt", Caller.Service(Peers.ApiKey))),
                app => app.MapGrpcService<Opening>()))));
    }

    private static async Task<string> AddressOfAsync(TestPki pki, Workload workload) =>
        (await WorkloadHost.StartAsync(pki, workload)).Address.GetLeftPart(UriPartial.Authority);

    private sealed class Opening : EncryptionService.EncryptionServiceBase
    {
        private const string Head = "mcs1.api-key-pepper.1.";

        public override Task<EncryptResponse> Encrypt(EncryptRequest request, ServerCallContext context) =>
            Task.FromResult(new EncryptResponse { Ciphertext = Head + Convert.ToHexString(request.Plaintext.Span) });

        public override Task<DecryptResponse> Decrypt(DecryptRequest request, ServerCallContext context) =>
            Task.FromResult(new DecryptResponse { Plaintext = ByteString.CopyFrom(Convert.FromHexString(request.Ciphertext[Head.Length..])), KeyVersion = 1 });
    }
}
