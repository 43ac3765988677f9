using Grpc.Core;
using McpSecure.Auth.V1;
using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpSecure.Auth.Tests;

/// <summary>
/// Runs Auth over real mTLS with a real Postgres and Redis; Crypto and Authorization are doubles that keep their contracts, over mTLS too.
/// </summary>
public sealed class AuthPlatform : IAsyncLifetime
{
    public const string BootstrapSecret = "boot-3f0c9a7be2d14c56a1f8";
    public const string Administrator = "root-of-all";
    public const string Password = "violet anchors drift slowly";

    private readonly List<AuthReplica> replicas = [];
    private readonly Dictionary<(string, AuthReplica), ServiceProvider> clients = [];
    private WebApplication? crypto;
    private WebApplication? authorization;
    private AuthReplica? first;

    public ShiftedClock Clock { get; } = new();

    public CryptoDouble Crypto { get; } = new();

    public AuthorizationDouble Authorization { get; } = new();

    public AuditLogDouble AuditLog { get; } = new();

    internal TestPki Pki { get; } = new();

    internal string Database { get; private set; } = "";

    internal RedisServer Redis { get; private set; } = null!;

    internal Uri CryptoAddress => AuthReplica.AddressOf(crypto!);

    internal Uri AuthorizationAddress => AuthReplica.AddressOf(authorization!);

    internal AuthReplica First => first!;

    public async Task InitializeAsync()
    {
        Redis = await RedisServer.StartNewAsync();
        Database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        crypto = await DoubleAsync("crypto", CryptoDouble.Policy, builder =>
        {
            builder.AddRedisChannel();
            builder.Services.AddSingleton(Crypto);
        });
        authorization = await DoubleAsync("authorization", AuthorizationDouble.Policy, builder => builder.Services.AddSingleton(Authorization));
        first = await StartReplicaAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var provider in clients.Values)
        {
            await provider.DisposeAsync();
        }

        foreach (var replica in replicas)
        {
            await replica.DisposeAsync();
        }

        await crypto!.DisposeAsync();
        await authorization!.DisposeAsync();
        await Redis.DisposeAsync();
        Pki.Dispose();
        Crypto.Dispose();
    }

    internal async Task<AuthReplica> StartReplicaAsync(params (string Name, string Value)[] settings)
    {
        var replica = await AuthReplica.StartAsync(this, settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value)));
        replicas.Add(replica);
        return replica;
    }

    /// <summary>Gives the clients of a workload.</summary>
    internal AuthClients As(string workload, AuthReplica? replica = null)
    {
        var called = replica ?? First;
        lock (clients)
        {
            if (!clients.TryGetValue((workload, called), out var provider))
            {
                provider = Pki.Clients(workload, ("auth", called.Address));
                clients.Add((workload, called), provider);
            }

            return new AuthClients(provider);
        }
    }

    /// <summary>Tells, as Crypto does after a change, that the signing keys changed.</summary>
    internal Task TellKeyChangeAsync() => crypto!.Services.GetRequiredService<InvalidationChannel>().PublishAsync("keyring", "token-signing");

    private async Task<WebApplication> DoubleAsync(string name, CallerPolicy policy, Action<WebApplicationBuilder> configure)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Configuration.AddInMemoryCollection([.. AuthReplica.Ports, .. Pki.Workload(name).Settings, new("ConnectionStrings:redis", Redis.ConnectionString)]);
        builder.AddServiceDefaults(policy);
        builder.Logging.ClearProviders();
        configure(builder);
        var app = builder.Build();
        app.MapServiceDefaults();
        if (name == "crypto")
        {
            app.MapGrpcService<CryptoDouble.Signing>();
            app.MapGrpcService<CryptoDouble.Encryption>();
        }
        else
        {
            app.MapGrpcService<AuthorizationDouble.Decisions>();
            app.MapGrpcService<AuthorizationDouble.Grants>();
        }

        await app.StartAsync();
        await AuthReplica.WaitUntilReadyAsync(app);
        return app;
    }
}

/// <summary>Holds the typed clients of one workload.</summary>
internal sealed class AuthClients(IServiceProvider services)
{
    public AuthService.AuthServiceClient Auth { get; } = services.GetRequiredService<AuthService.AuthServiceClient>();

    public UserService.UserServiceClient Users { get; } = services.GetRequiredService<UserService.UserServiceClient>();

    public MfaService.MfaServiceClient Mfa { get; } = services.GetRequiredService<MfaService.MfaServiceClient>();

    public static Metadata Bearer(string token) => new() { { "authorization", $"Bearer {token}" } };
}
