using McpSecure.Benchmarks.V1;
using McpSecure.Client;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.Benchmarks;

/// <summary>A contender under way: its server, and a caller connected to it the way customers connect.</summary>
internal sealed class Competitor : IAsyncDisposable
{
    /// <summary>The name in the caller's certificate.</summary>
    public const string CallerName = Peers.Auth;

    private readonly Func<CancellationToken, Task> call;
    private readonly BenchmarkServer server;
    private readonly ServiceProvider clients;

    private Competitor(Func<CancellationToken, Task> call, BenchmarkServer server, ServiceProvider clients) =>
        (this.call, this.server, this.clients) = (call, server, clients);

    public static async Task<Competitor> StartAsync(Contender contender, TestPki pki, Sinks sinks, CancellationToken cancellationToken)
    {
        var settings = contender.Host switch
        {
            Hosts.Crypto => (await CryptoSurroundings.SharedAsync(pki)).Settings,
            Hosts.ApiKey => (await ApiKeySurroundings.SharedAsync(pki)).Settings,
            Hosts.Authorization => (await AuthorizationSurroundings.SharedAsync()).Settings,
            _ => [],
        };
        var started = await BenchmarkServer.StartAsync(contender.Host, pki, sinks, settings, cancellationToken);
        var services = new ServiceCollection()
            .AddMcpSecure(options =>
            {
                TestPki.Configure(options, pki.Workload(contender.Host == Hosts.ApiKey ? ApiKeySurroundings.CallerName : CallerName), (contender.Host, started.Address));
                options.ConnectionLifetime = TimeSpan.FromHours(1);
            })
            .AddMcpSecureClient(contender.Host, EmptyService.Descriptor, invoker => new EmptyService.EmptyServiceClient(invoker));

        var provider = services.BuildServiceProvider();
        return new(await contender.Prepare(provider, cancellationToken), started, provider);
    }

    public Task<Measurement> MakeCallsAsync(int calls, CancellationToken cancellationToken) =>
        Load.RunAsync(() => server.CpuTime, () => call(cancellationToken), calls);

    public async ValueTask DisposeAsync()
    {
        await clients.DisposeAsync();
        await server.DisposeAsync();
    }
}
