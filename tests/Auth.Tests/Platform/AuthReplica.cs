using McpSecure.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpSecure.Auth.Tests;

/// <summary>Runs Auth as Program.cs puts it together, on free ports, with quick hashes.</summary>
internal sealed class AuthReplica : IAsyncDisposable
{
    private AuthReplica(WebApplication app, CountingHasher hasher, LogLines log) => (App, Hasher, Log) = (app, hasher, log);

    public WebApplication App { get; }

    public CountingHasher Hasher { get; }

    public LogLines Log { get; }

    public Uri Address => AddressOf(App);

    public static async Task<AuthReplica> StartAsync(AuthPlatform platform, IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "McpSecure.Auth", EnvironmentName = "Production" });
        KeyValuePair<string, string?>[] own =
        [
            .. Ports,
            .. platform.Pki.Workload("auth").Settings,
            new("CallerPolicy:Applications:0", "webshop"),
            new("Peers:crypto", platform.CryptoAddress.ToString()),
            new("Peers:authorization", platform.AuthorizationAddress.ToString()),
            new("ConnectionStrings:authdb", platform.Database),
            new("ConnectionStrings:redis", platform.Redis.ConnectionString),
            new("Bootstrap:Secret", AuthPlatform.BootstrapSecret),
        ];
        builder.Configuration.AddInMemoryCollection(own).AddInMemoryCollection(settings);

        var hasher = new CountingHasher();
        var log = new LogLines();
        builder.Services.AddSingleton<TimeProvider>(platform.Clock);
        builder.Services.AddSingleton<IAuditSink>(platform.AuditLog);

        builder.AddServiceDefaults(Callers.Policy);
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(log);
        builder.AddDatabase("authdb");
        builder.AddRedisChannel();
        builder.AddAuditTrail();
        builder.AddPeers();
        builder.AddTokens();
        builder.AddActorGate();
        builder.AddUsers();
        builder.AddSignIn();
        builder.AddTotp();
        builder.AddBootstrap();

        builder.Services.AddSingleton<IPasswordHasher<Account>>(hasher);
        builder.Services.AddSingleton(new PasswordHashing(hasher, Options.Create(new PasswordOptions
        {
            IterationCount = CountingHasher.Iterations,
            ConcurrentHashes = 4,
            WaitingHashes = 64,
        })));

        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapGrpcService<AuthGrpcService>();
        app.MapGrpcService<UserGrpcService>();
        app.MapGrpcService<MfaGrpcService>();
        await app.StartAsync();
        await WaitUntilReadyAsync(app);
        return new AuthReplica(app, hasher, log);
    }

    public ValueTask DisposeAsync() => App.DisposeAsync();

    internal static IEnumerable<KeyValuePair<string, string?>> Ports =>
        [new("Listen:Address", "localhost"), new("Listen:GrpcPort", "0"), new("Listen:HealthPort", "0")];

    internal static Uri AddressOf(WebApplication app) => new(app.Services.GetRequiredService<IServer>().Features
        .Get<IServerAddressesFeature>()!.Addresses.Single(address => address.StartsWith("https", StringComparison.Ordinal)));

    internal static async Task WaitUntilReadyAsync(WebApplication app)
    {
        var health = app.Services.GetRequiredService<IServer>().Features
            .Get<IServerAddressesFeature>()!.Addresses.Single(address => address.StartsWith("http:", StringComparison.Ordinal));
        using var http = new HttpClient();
        for (var tries = 0; tries < 400; tries++)
        {
            using var answer = await http.GetAsync(new Uri($"{health}/health"));
            var invalidation = app.Services.GetService<InvalidationChannel>();
            if (answer.IsSuccessStatusCode && invalidation is null or { IsLive: true })
            {
                return;
            }

            await Task.Delay(25);
        }

        using var last = await http.GetAsync(new Uri($"{health}/health"));
        throw new InvalidOperationException($"The service does not become ready: {await last.Content.ReadAsStringAsync()}");
    }
}
