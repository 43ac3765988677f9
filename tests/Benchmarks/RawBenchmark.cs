using System.Diagnostics;

namespace McpSecure.Benchmarks;

/// <summary>States what an operation of a service's own code may cost on one core: at most <paramref name="Budget"/> times what OpenSSL's takes by itself.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Prepare">Gives the operation.</param>
/// <param name="OpenSsl">What <c>openssl speed</c> measures the same with.</param>
/// <param name="Budget">The highest ratio of the times.</param>
internal sealed record RawBenchmark(string Name, Func<RawOperation> Prepare, IReadOnlyList<string> OpenSsl, double Budget)
{
    private const int Rounds = 7;

    // openssl speed measures for whole seconds.
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1);

    /// <summary>Runs both in turn, so that they meet the same weather, and prints the medians. Returns whether it is within its budget.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        using var operation = Prepare();
        TimeOf(operation); // compiles it for good

        var pairs = new List<(TimeSpan Ours, TimeSpan OpenSsl)>();
        for (var round = 0; round < Rounds; round++)
        {
            pairs.Add((TimeOf(operation), await OpenSslSpeed.TimeOfAsync(OpenSsl, cancellationToken)));
        }

        double[] ratios = [.. pairs.Select(pair => pair.Ours / pair.OpenSsl).Order()];
        var isWithin = Comparison.Median(ratios) <= Budget;
        Console.WriteLine(
            $"{Name,-24} {Comparison.Median(ratios):0.00} ({ratios[0]:0.00}-{ratios[^1]:0.00})  budget {Budget:0.00}  {(isWithin ? "ok" : "over")}"
            + $"  [{Comparison.Median([.. pairs.Select(pair => pair.Ours.TotalMicroseconds).Order()]):0.00} vs"
            + $" {Comparison.Median([.. pairs.Select(pair => pair.OpenSsl.TotalMicroseconds).Order()]):0.00} us]");
        return isWithin;
    }

    private static TimeSpan TimeOf(RawOperation operation)
    {
        var operations = 0L;
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < Round)
        {
            for (var i = 0; i < operation.Batch; i++)
            {
                operation.Run();
            }

            operations += operation.Batch;
        }

        return Stopwatch.GetElapsedTime(begun) / operations;
    }
}

/// <summary>Something that is done again and again.</summary>
/// <param name="Run">Does it once.</param>
/// <param name="Batch">How often between two looks at the clock, so that these cost nothing.</param>
/// <param name="Key">What it is done with.</param>
internal sealed record RawOperation(Action Run, int Batch, IDisposable Key) : IDisposable
{
    public void Dispose() => Key.Dispose();
}
