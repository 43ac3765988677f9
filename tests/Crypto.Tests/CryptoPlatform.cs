using System.Runtime.Versioning;
using System.Security.Cryptography;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace McpSecure.Crypto.Tests;

/// <summary>
/// Holds what replicas of Crypto share in a test: a database, Redis, certificates, the root key, and the doubles of the services that it calls.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class CryptoPlatform : IAsyncLifetime
{
    private readonly List<ServiceHost> replicas = [];
    private readonly List<ServiceProvider> callers = [];
    private readonly PostgresDatabase database = new();

    /// <summary>Gets a deadline that a machine busy with other tests meets: RSA-4096 keys are found by luck.</summary>
    public static DateTime TimeToFindAnRsaKey => TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(29);

    public TestPki Pki { get; } = new();

    public TestActors Actors { get; } = new();

    public AuditLogDouble Audit { get; } = new();

    public string ConnectionString => database.ConnectionString;

    public string RootKeyFile => Path.Combine(Pki.Folder, "root.key");

    /// <summary>Gets the first replica, which every test finds ready.</summary>
    public ServiceHost Host => replicas[0];

    public async Task InitializeAsync()
    {
        await database.InitializeAsync();
        WriteRootKey(1);
        await StartReplicaAsync();
    }

    /// <summary>Writes a root key that follows from a number.</summary>
    public void WriteRootKey(byte value) => WriteRootKey(RootKeyFile, value);

    /// <summary>Writes a root key that follows from a number beside the first and returns its path.</summary>
    public string WriteOtherRootKey(byte value)
    {
        var path = Path.Combine(Pki.Folder, $"root-{value}.key");
        WriteRootKey(path, value);
        return path;
    }

    /// <summary>Starts a replica that goes by a clock of its own, and waits until it is ready.</summary>
    public async Task<ServiceHost> StartReplicaAsync(TimeProvider clock)
    {
        var replica = await StartUnreadyReplicaAsync(database.ConnectionString, services => services.Replace(ServiceDescriptor.Singleton(clock)));
        await replica.WaitUntilReadyAsync();
        return replica;
    }

    /// <summary>Starts a replica with settings of its own and waits until it is ready.</summary>
    public async Task<ServiceHost> StartReplicaAsync(params (string Name, string Value)[] settings)
    {
        var replica = await StartUnreadyReplicaAsync(database.ConnectionString, _ => { }, redis: null, settings);
        await replica.WaitUntilReadyAsync();
        return replica;
    }

    /// <summary>Starts a replica and does not wait.</summary>
    public async Task<ServiceHost> StartUnreadyReplicaAsync(
        string connectionString, Action<IServiceCollection> configure, RedisServer? redis = null, params (string Name, string Value)[] settings)
    {
        redis ??= await RedisServer.SharedAsync();
        var replica = await ServiceHost.StartAsync(
            typeof(Callers).Assembly,
            Pki,
            "crypto",
            [.. Settings(connectionString, redis), .. settings],
            services =>
            {
                services.Replace(ServiceDescriptor.Singleton<ITokenValidator>(Actors));
                services.Replace(ServiceDescriptor.Singleton<IPermissionChecker>(Actors));
                services.Replace(ServiceDescriptor.Singleton<IAuditSink>(Audit));
                configure(services);
            });
        lock (replicas)
        {
            replicas.Add(replica);
        }

        return replica;
    }

    /// <summary>Starts a replica that is a process of its own, calls nobody but the database, Redis and whom the settings name, and is ended by the test.</summary>
    public async Task<PlatformService> StartProcessAsync(params (string Name, string Value)[] more)
    {
        var process = new PlatformService("crypto", "Crypto");
        IEnumerable<(string Name, string Value)> settings =
        [
            .. Settings(database.ConnectionString, await RedisServer.SharedAsync()),
            .. Pki.Workload("crypto-process", TestLeaf.Of("crypto")).Settings.Select(setting => (setting.Key, setting.Value!)),
            ("Listen:Address", "localhost"),
            ("Listen:GrpcPort", $"{process.GrpcPort}"),
            ("Listen:HealthPort", $"{process.HealthPort}"),
        ];
        process.Settings = settings.ExceptBy(more.Select(setting => setting.Name), setting => setting.Name).Concat(more)
            .ToDictionary(setting => setting.Name.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value, StringComparer.Ordinal);
        await process.StartAsync();
        return process;
    }

    public EncryptionService.EncryptionServiceClient Encryption(string caller, ServiceHost? replica = null) =>
        As<EncryptionService.EncryptionServiceClient>(caller, replica);

    public FernetService.FernetServiceClient Fernet(string caller) => As<FernetService.FernetServiceClient>(caller, Host);

    public DataProtectionService.DataProtectionServiceClient DataProtection(string caller) => As<DataProtectionService.DataProtectionServiceClient>(caller, Host);

    public KeyService.KeyServiceClient Keys(string caller, ServiceHost? replica = null) => As<KeyService.KeyServiceClient>(caller, replica);

    public SigningService.SigningServiceClient Signing(string caller, ServiceHost? replica = null) => As<SigningService.SigningServiceClient>(caller, replica);

    public SecretService.SecretServiceClient Secrets(string caller, ServiceHost? replica = null) => As<SecretService.SecretServiceClient>(caller, replica);

    public CertificateService.CertificateServiceClient Certificates(string caller, ServiceHost? replica = null) =>
        As<CertificateService.CertificateServiceClient>(caller, replica);

    /// <summary>Counts what a statement finds.</summary>
    public async Task<long> CountAsync(string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync());
    }

    /// <summary>Changes the database as somebody would who has got hold of it.</summary>
    public async Task TamperAsync(string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        Assert.NotEqual(0, await command.ExecuteNonQueryAsync());
    }

    public async Task DisposeAsync()
    {
        foreach (var caller in callers)
        {
            await caller.DisposeAsync();
        }

        foreach (var replica in replicas)
        {
            await replica.DisposeAsync();
        }

        await database.DisposeAsync();
        Pki.Dispose();
    }

    private (string Name, string Value)[] Settings(string connectionString, RedisServer redis) =>
    [
        ("ConnectionStrings:cryptodb", connectionString),
        ("ConnectionStrings:redis", redis.ConnectionString),
        ("RootKey:File", RootKeyFile),
        ("CallerPolicy:Applications:0", "webshop"),
        ("Peers:auth", "https://localhost:1"),
        ("Peers:authorization", "https://localhost:1"),
        ("Peers:audit", "https://localhost:1"),
        ("Keys:UpkeepInterval", "00:00:00.2"),
    ];

    private static void WriteRootKey(string path, byte value)
    {
        File.WriteAllText(path, Convert.ToBase64String(SHA256.HashData([value])));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public T As<T>(string caller, ServiceHost? replica = null)
        where T : class
    {
        var services = (replica ?? Host).As(caller);
        callers.Add(services);
        return services.GetRequiredService<T>();
    }
}
