using McpSecure.Benchmarks.V1;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.Benchmarks;

/// <summary>Lists every benchmark with its budget. A rpc's budget is stated against <see cref="EmptyOnOurHost"/>.</summary>
internal static class Catalog
{
    /// <summary>An empty call over mTLS on Kestrel as the framework makes it: what gRPC itself costs.</summary>
    public static readonly Contender EmptyOnBareKestrel = new(Hosts.Bare, CallEmptyAsync);

    /// <summary>The same call on a host with ServiceDefaults: telemetry exported, policy and validation on.</summary>
    public static readonly Contender EmptyOnOurHost = new(Hosts.Defaults, CallEmptyAsync);

    public static readonly IReadOnlyList<Benchmark> All =
    [
        new("empty-call", EmptyOnOurHost, EmptyOnBareKestrel, Budget: 1.25),
    ];

    private static async Task CallEmptyAsync(IServiceProvider clients, CancellationToken cancellationToken) =>
        await clients.GetRequiredService<EmptyService.EmptyServiceClient>().CallAsync(new CallRequest(), cancellationToken: cancellationToken);
}
