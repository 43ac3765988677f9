using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.Authorization.V1;
using McpSecure.Client;
using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace McpSecure.ApiKey.Tests;

/// <summary>Runs two replicas of ApiKey over real mTLS on one real Postgres and Redis. Auth, Authorization, Crypto and Audit are doubles.</summary>
public sealed class ApiKeyPlatform : IAsyncLifetime
{
    /// <summary>The most live keys of an organization.</summary>
    internal const int LiveKeysPerOrganization = 4;

    private readonly List<IAsyncDisposable> hosts = [];
    private readonly List<IDisposable> clients = [];
    private int users;
    private string serviceDatabase = "";

    public AuthDouble Auth { get; } = new();

    public AuthorizationDouble Authorization { get; } = new() { Decide = MayMakeKeys };

    public CryptoDouble Crypto { get; } = new();

    public AuditLogDouble AuditLog { get; } = new();

    public ShiftedClock Clock { get; } = new();

    public RedisServer Redis { get; private set; } = null!;

    public string Database { get; private set; } = "";

    public WorkloadHost First { get; private set; } = null!;

    public WorkloadHost Second { get; private set; } = null!;

    private TestPki Pki { get; } = new();

    private (string Name, string Value)[] Peers { get; set; } = [];

    /// <summary>What Authorization decides at first: everybody may make keys and do nothing else.</summary>
    internal static bool MayMakeKeys(PermissionQuestion question) => question is { Resource: "api-keys", Action: "create" };

    public async Task InitializeAsync()
    {
        Redis = await RedisServer.StartNewAsync();
        Database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        serviceDatabase = await ServiceRole.TakeOverAsync(Database);
        Peers =
        [
            ("Peers:auth", await StartAsync(Auth.Workload)),
            ("Peers:authorization", await StartAsync(Authorization.Workload)),
            ("Peers:crypto", await StartAsync(Crypto.Workload)),
        ];
        First = await StartReplicaAsync();
        Second = await StartReplicaAsync();
    }

    public async Task DisposeAsync()
    {
        clients.ForEach(client => client.Dispose());
        foreach (var host in Enumerable.Reverse(hosts))
        {
            await host.DisposeAsync();
        }

        await Redis.DisposeAsync();
        Pki.Dispose();
    }

    internal Guid NewUser() => new(Interlocked.Increment(ref users), 3, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 0]);

    /// <summary>Gives the client of a workload.</summary>
    internal ApiKeyService.ApiKeyServiceClient As(string workload, WorkloadHost? replica = null) => As<ApiKeyService.ApiKeyServiceClient>(workload, replica);

    /// <summary>Gives the client of a workload for one of the services.</summary>
    internal T As<T>(string workload, WorkloadHost? replica = null)
        where T : ClientBase<T>
    {
        var provider = Pki.Clients(workload, (McpSecure.Client.Peers.ApiKey, (replica ?? First).Address));
        clients.Add(provider);
        return provider.GetRequiredService<T>();
    }

    /// <summary>Makes a key with the scope mcp:read for a user.</summary>
    internal async Task<CreateApiKeyResponse> CreateAsync(Guid user, TimeSpan? lifetime = null) => await As("cli").CreateApiKeyAsync(
        new() { Name = "laptop", Scopes = { "mcp:read" }, Lifetime = lifetime is { } span ? Duration.FromTimeSpan(span) : null }, Auth.SignIn(user));

    /// <summary>Makes a call that must be refused and returns what it was refused with.</summary>
    internal static async Task<McpSecureError> RefusedAsync<T>(AsyncUnaryCall<T> call) =>
        McpSecureError.From(await Assert.ThrowsAsync<RpcException>(async () => await call));

    /// <summary>Gives the pepper, as somebody has it who has stolen it.</summary>
    internal static Pepper PepperOf(WorkloadHost replica) => replica.Services.GetRequiredService<PepperSource>().Current;

    /// <summary>Runs a statement behind the service's back.</summary>
    internal async Task<object?> ExecuteAsync(string sql)
    {
        await using var database = NpgsqlDataSource.Create(Database);
        await using var command = database.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    internal async Task<WorkloadHost> StartReplicaAsync(string? database = null, RedisServer? redis = null) =>
        Keep(await WorkloadHost.StartAsync(Pki, Workload, Settings(database, redis)));

    /// <summary>Starts a replica with settings of its own.</summary>
    internal async Task<WorkloadHost> StartReplicaAsync(params (string Name, string Value)[] settings) =>
        Keep(await WorkloadHost.StartAsync(Pki, Workload, [.. Settings(database: null, redis: null).ExceptBy(settings.Select(one => one.Name), one => one.Name), .. settings]));

    internal async Task<WorkloadHost> LaunchReplicaAsync(string? database = null) =>
        Keep(await WorkloadHost.LaunchAsync(Pki, Workload, Settings(database, redis: null)));

    private Workload Workload => new("apikey", "McpSecure.ApiKey", Add, Map);

    private (string Name, string Value)[] Settings(string? database, RedisServer? redis) =>
    [
        .. Peers,
        ("ConnectionStrings:apikeydb", database ?? serviceDatabase),
        ("ConnectionStrings:redis", (redis ?? Redis).ConnectionString),
        ("ApiKey:WorkFactor", "10"),
        ("ApiKey:LiveKeysPerOwner", "3"),
        ("Usage:FlushInterval", "00:00:00.200"),
        ("ApiKey:LiveKeysPerOrganization", $"{LiveKeysPerOrganization}"),
        .. Limits("exact", permits: 25),
        .. Limits("closed", permits: 1_000, whenRedisIsAway: "Closed"),
        .. Limits("open", permits: 5, whenRedisIsAway: "Open"),
        .. Limits("local", permits: 10),
        .. Limits("from-address", permits: 4, per: "Address"),
        .. Limits("per-key", permits: 4, per: "Key"),
    ];

    // An hour, so that nothing refills while a test runs.
    private static (string Name, string Value)[] Limits(string name, int permits, string whenRedisIsAway = "Local", string per = "Everyone") =>
    [
        ($"RateLimits:Endpoints:{name}:Permits", $"{permits}"),
        ($"RateLimits:Endpoints:{name}:Period", "01:00:00"),
        ($"RateLimits:Endpoints:{name}:WhenRedisIsAway", whenRedisIsAway),
        ($"RateLimits:Endpoints:{name}:Per", per),
    ];

    // As Program.cs does.
    private void Add(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<TimeProvider>(Clock);
        builder.Services.AddSingleton<IAuditSink>(AuditLog);
        builder.AddServiceDefaults(Callers.Policy);
        builder.AddDatabase("apikeydb");
        builder.AddRedisChannel();
        builder.AddAuditTrail();
        builder.AddActorGate();
        builder.AddPepper();
        builder.AddApiKeys();
        builder.AddRateLimits();
        builder.AddUsage();
    }

    private static void Map(WebApplication app)
    {
        app.MapGrpcService<ApiKeyGrpcService>();
        app.MapGrpcService<RateLimitGrpcService>();
        app.MapGrpcService<UsageGrpcService>();
    }

    private async Task<string> StartAsync(Workload workload) => Keep(await WorkloadHost.StartAsync(Pki, workload)).Address.ToString();

    private WorkloadHost Keep(WorkloadHost host)
    {
        hosts.Add(host);
        return host;
    }
}
