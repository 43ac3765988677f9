using McpSecure.Benchmarks.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.Benchmarks;

/// <summary>A contender under way: its server, and a caller connected to it the way customers connect.</summary>
internal sealed class Competitor : IAsyncDisposable
{
    /// <summary>The name in the caller's certificate.</summary>
    public const string CallerName = "cli";

    private readonly Contender contender;
    private readonly BenchmarkServer server;
    private readonly ServiceProvider clients;

    private Competitor(Contender contender, BenchmarkServer server, ServiceProvider clients) =>
        (this.contender, this.server, this.clients) = (contender, server, clients);

    public static async Task<Competitor> StartAsync(Contender contender, TestPki pki, Uri telemetry, CancellationToken cancellationToken)
    {
        var started = await BenchmarkServer.StartAsync(contender.Host, pki, telemetry, cancellationToken);
        var services = new ServiceCollection()
            .AddMcpSecure(options =>
            {
                TestPki.Configure(options, pki.Workload(CallerName), (contender.Host, started.Address));
                options.ConnectionLifetime = TimeSpan.FromHours(1);
            })
            .AddMcpSecureClient(contender.Host, EmptyService.Descriptor, invoker => new EmptyService.EmptyServiceClient(invoker));

        return new(contender, started, services.BuildServiceProvider());
    }

    public Task<Measurement> RoundAsync(int calls, CancellationToken cancellationToken) =>
        Load.RunAsync(() => server.CpuTime, () => contender.Call(clients, cancellationToken), calls);

    public async ValueTask DisposeAsync()
    {
        await clients.DisposeAsync();
        await server.DisposeAsync();
    }
}
