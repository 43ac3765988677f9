namespace McpSecure.Benchmarks;

/// <summary>One thing measured: a call to a host, in a process of its own.</summary>
/// <param name="Host">What the process serves: a name that <see cref="Hosts"/> knows.</param>
/// <param name="Call">Makes one call with a client from the container; it throws where the call does not answer as it should.</param>
internal sealed record Contender(string Host, Func<IServiceProvider, CancellationToken, Task> Call);

/// <summary>States what a call may cost: at most <paramref name="Budget"/> times the server CPU time of its baseline.</summary>
internal sealed record Benchmark(string Name, Contender Subject, Contender Baseline, double Budget);
