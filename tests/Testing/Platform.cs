using System.Security.Cryptography;
using McpSecure.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace McpSecure.Testing;

/// <summary>
/// Runs the whole platform as real processes: Postgres, Redis and the five services with the settings that a deployment gives them.
/// However the test process ends, they end with it.
/// </summary>
public sealed class Platform : IAsyncDisposable
{
    private static readonly (string Name, string Project, string[] Calls)[] Deployment =
    [
        (Peers.Audit, "Audit", [Peers.Auth, Peers.Authorization, Peers.Crypto]),
        (Peers.Authorization, "Authorization", [Peers.Audit, Peers.Auth, Peers.Crypto]),
        (Peers.Crypto, "Crypto", [Peers.Audit, Peers.Auth, Peers.Authorization]),
        (Peers.Auth, "Auth", [Peers.Crypto, Peers.Authorization, Peers.Audit]),
        (Peers.ApiKey, "ApiKey", [Peers.Crypto, Peers.Authorization, Peers.Audit, Peers.Auth]),
    ];

    private readonly Dictionary<string, PlatformService> services;
    private readonly bool renewing;
    private int callers;

    private Platform(PostgresServer postgres, RedisServer redis, TelemetryReceiver telemetry, bool renewing)
    {
        (Postgres, Redis, Telemetry, this.renewing) = (postgres, redis, telemetry, renewing);
        services = Deployment.ToDictionary(part => part.Name, part => new PlatformService(part.Name, part.Project), StringComparer.Ordinal);
    }

    /// <summary>The name of the calling service that the platform's user registered.</summary>
    public const string Application = "gateway";

    /// <summary>Gets for how long an account of a database goes on working after its rotation.</summary>
    public static TimeSpan AccountOverlap { get; } = TimeSpan.FromSeconds(6);

    /// <summary>Gets how often a workload that renews asks whom to trust and what was revoked.</summary>
    public static TimeSpan TrustRefreshInterval { get; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets how often a workload that renews looks at its files.</summary>
    public static TimeSpan ReloadInterval { get; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Gets the names of the services.</summary>
    public static IReadOnlyList<string> ServiceNames { get; } = [.. Deployment.Select(part => part.Name)];

    /// <summary>Gets the database server.</summary>
    public PostgresServer Postgres { get; }

    /// <summary>Gets the Redis server.</summary>
    public RedisServer Redis { get; }

    /// <summary>Gets what the services' telemetry arrives at.</summary>
    public TelemetryReceiver Telemetry { get; }

    /// <summary>Gets the certificates, right and wrong ones.</summary>
    public TestPki Pki { get; } = new();

    /// <summary>Gets the one-time secret for the first administrator.</summary>
    public string BootstrapSecret { get; } = $"bootstrap-{RandomNumberGenerator.GetHexString(32, lowercase: true)}";

    /// <summary>Gets the password that all logins of databases have at first.</summary>
    public string FirstPassword { get; } = RandomNumberGenerator.GetHexString(32);

    /// <summary>Gets the services.</summary>
    public IReadOnlyCollection<PlatformService> Services => services.Values;

    /// <summary>Gets a service by its name.</summary>
    public PlatformService this[string name] => services[name];

    /// <summary>Starts everything and waits until all of it is ready.</summary>
    /// <param name="renewing">
    /// Whether every workload, callers too, renews its certificate by Crypto, which takes the authority over; those that services start with are
    /// soon due. Otherwise all certificates come from <see cref="Pki"/> and stay.
    /// </param>
    public static async Task<Platform> StartAsync(bool renewing = false)
    {
        var postgres = PostgresServer.StartNewAsync();
        var redis = RedisServer.StartNewAsync();
        var platform = new Platform(await postgres, await redis, await TelemetryReceiver.StartAsync(), renewing);
        try
        {
            await platform.LaunchAsync();
            await platform.WaitUntilReadyAsync();
            return platform;
        }
        catch
        {
            await platform.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives the typed clients of a workload with a right certificate.</summary>
    public ServiceProvider Clients(string workload, Action<McpSecureClientOptions>? configure = null)
    {
        var paths = Files(workload);
        var clients = new ServiceCollection()
            .AddMcpSecure(options =>
            {
                TestPki.Configure(options, paths, [.. Services.Select(service => (service.Name, service.Address))]);
                options.Mtls.Renewal = renewing;
                options.Mtls.RevocationListPath = renewing ? paths.RevocationList : "";
                options.Mtls.TrustRefreshInterval = TrustRefreshInterval;
                options.Mtls.ReloadInterval = ReloadInterval;
                configure?.Invoke(options);
            })
            .BuildServiceProvider();
        foreach (var service in clients.GetServices<IHostedService>())
        {
            _ = service.StartAsync(CancellationToken.None); // the renewal, which works until the clients are disposed of
        }

        return clients;
    }

    /// <summary>Writes the files of a caller that is a workload; nobody else's, a service's neither, are touched.</summary>
    public CertificatePaths Files(string workload) => Pki.Workload($"{workload}-{Interlocked.Increment(ref callers)}", TestLeaf.Of(workload));

    /// <summary>Waits until every service is ready.</summary>
    public Task WaitUntilReadyAsync() => Task.WhenAll(Services.Select(service => service.WaitUntilReadyAsync()));

    /// <summary>Gives the connection string of a service's database.</summary>
    public string ConnectionString(string service) => Postgres.ConnectionString(Database(service));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Services.Select(service => service.DisposeAsync().AsTask()));
        await Redis.DisposeAsync();
        await Postgres.DisposeAsync();
        await Telemetry.DisposeAsync();
        Pki.Dispose();
    }

    private static string Database(string service) => $"{service}db";

    private async Task LaunchAsync()
    {
        await using (var connection = new NpgsqlConnection(Postgres.ConnectionString("postgres") + ";Pooling=false"))
        {
            await connection.OpenAsync();
            foreach (var name in ServiceNames)
            {
                foreach (var sql in Creation(Database(name)))
                {
                    await using var create = new NpgsqlCommand(sql, connection);
                    await create.ExecuteNonQueryAsync();
                }
            }
        }

        foreach (var (name, _, calls) in Deployment)
        {
            services[name].Settings = Settings(services[name], calls);
            await services[name].LaunchAsync();
        }
    }

    // As the AppHost does: an owner, which cannot sign in, and two logins that act as the owner.
    private string[] Creation(string database) =>
    [
        $"CREATE ROLE {database}",
        $"CREATE DATABASE {database} OWNER {database}",
        $"CREATE ROLE {database}_a LOGIN PASSWORD '{FirstPassword}' IN ROLE {database}",
        $"CREATE ROLE {database}_b LOGIN PASSWORD '{FirstPassword}' IN ROLE {database}",
        $"ALTER ROLE {database}_a SET role = '{database}'",
        $"ALTER ROLE {database}_b SET role = '{database}'",
    ];

    private string Connection(string service, string username) => new NpgsqlConnectionStringBuilder(ConnectionString(service))
    {
        Username = username,
        Password = FirstPassword,
        SslMode = SslMode.Disable,
    }.ConnectionString;

    private Dictionary<string, string> Settings(PlatformService service, string[] calls)
    {
        var certificate = Pki.Workload(service.Name, renewing
            ? TestLeaf.Of(service.Name) with { Begins = TimeSpan.FromMinutes(-4), Ends = TimeSpan.FromMinutes(2.2) } // longer than any connection
            : TestLeaf.Of(service.Name));
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["DOTNET_ENVIRONMENT"] = "Production",
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["Listen__Address"] = "localhost",
            ["Listen__GrpcPort"] = $"{service.GrpcPort}",
            ["Listen__HealthPort"] = $"{service.HealthPort}",
            ["Mtls__CertificatePath"] = certificate.Certificate,
            ["Mtls__KeyPath"] = certificate.Key,
            ["Mtls__TrustBundlePath"] = certificate.TrustBundle,
            ["Mtls__TrustDomain"] = TestPki.TrustDomain,
            ["CallerPolicy__Applications__0"] = Application,
            [$"ConnectionStrings__{Database(service.Name)}"] =
                $"{Connection(service.Name, $"{Database(service.Name)}_a")};Connection Lifetime=1", // new ones all the time: an account that does not work shows at once
            ["DatabaseAccount__Rotated"] = "true",
            ["ConnectionStrings__redis"] = Redis.ConnectionString,
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"{Telemetry.Endpoint}",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc",
            ["OTEL_TRACES_SAMPLER"] = "always_on",
            ["OTEL_SERVICE_NAME"] = service.Name,
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200", // milliseconds, as are the next two
            ["OTEL_BLRP_SCHEDULE_DELAY"] = "200",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "2000",
        };
        foreach (var peer in calls)
        {
            settings[$"Peers__{peer}"] = $"{services[peer].Address.GetLeftPart(UriPartial.Authority)}";
        }

        if (renewing)
        {
            settings["Mtls__Renewal"] = "true";
            settings["Mtls__RevocationListPath"] = certificate.RevocationList;
            settings["Mtls__TrustRefreshInterval"] = $"{TrustRefreshInterval}";
            settings["Mtls__ReloadInterval"] = $"{ReloadInterval}";
        }

        switch (service.Name)
        {
            case Peers.Crypto:
                (settings["Certificates__Authority__CertificatePath"], settings["Certificates__Authority__KeyPath"]) = Pki.WriteAuthority();
                settings["Certificates__PublishAhead"] = $"{3 * TrustRefreshInterval}";
                settings["RootKey__File"] = RootKeyFile();
                settings["Signing__PublishAhead"] = "00:00:03"; // nobody waits an hour to see a new key sign
                settings["Keys__UpkeepInterval"] = "00:00:00.5";
                settings["DatabaseAccount__File"] = Path.Combine(Pki.Folder, "crypto-database-account");
                settings["DatabaseAccounts__Overlap"] = $"{AccountOverlap}";
                foreach (var name in ServiceNames)
                {
                    settings[$"DatabaseAccounts__Logins__{name}"] = Connection(name, Database(name));
                }

                break;
            case Peers.Auth:
                settings["Bootstrap__Secret"] = BootstrapSecret;
                break;
        }

        return settings;
    }

    private string RootKeyFile()
    {
        var path = Path.Combine(Pki.Folder, "root.key");
        File.WriteAllText(path, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return path;
    }
}
