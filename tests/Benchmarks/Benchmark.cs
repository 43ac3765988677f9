namespace McpSecure.Benchmarks;

/// <summary>One thing measured: a call to a host, in a process of its own.</summary>
/// <param name="Host">What the process serves: a name that <see cref="Hosts"/> knows.</param>
/// <param name="Prepare">Makes what one call needs, with clients from the container, and gives the call; it throws where the answer is not as it should be.</param>
internal sealed record Contender(string Host, Func<IServiceProvider, CancellationToken, Task<Func<CancellationToken, Task>>> Prepare);

/// <summary>States what a call may cost: at most <paramref name="Budget"/> times the server CPU time of its baseline.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Subject">What is measured.</param>
/// <param name="Baseline">What it is measured against.</param>
/// <param name="Budget">The highest ratio.</param>
/// <param name="Share">The share of a round's calls that the subject makes, where one of its calls does much.</param>
internal sealed record Benchmark(string Name, Contender Subject, Contender Baseline, double Budget, double Share = 1);
