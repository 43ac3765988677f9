using System.Globalization;
using McpSecure.Testing;

namespace McpSecure.Benchmarks;

/// <summary>Runs benchmarks, each beside its baseline: in turn.</summary>
internal static class Run
{
    // BENCH_SHARE makes a run shorter, and its figures rougher: for a look, and on a machine that others use.
    private static readonly double Share = double.TryParse(Environment.GetEnvironmentVariable("BENCH_SHARE"), CultureInfo.InvariantCulture, out var share) ? share : 1;
    private static readonly int WarmUpCalls = (int)(30_000 * Share);
    private static readonly int CallsATurn = (int)(8_000 * Share);

    private const int Rounds = 15;

    // A round is made of short turns, so that both meet the same weather, and is as long as the 10 ms in which CPU time is counted need.
    private const int TurnsARound = 5;

    /// <summary>Prints a line for each budget. Answers 0 where all hold, 1 where one is over, 2 where a name is unknown.</summary>
    public static async Task<int> BenchmarksAsync(string[] names)
    {
        var known = Catalog.All.Select(benchmark => benchmark.Name).Concat(Catalog.Raw.Select(benchmark => benchmark.Name))
            .Concat(Catalog.Timed.Select(benchmark => benchmark.Name)).ToList();
        var unknown = names.Except(known, StringComparer.Ordinal).ToList();

        if (unknown.Count > 0)
        {
            await Console.Error.WriteLineAsync(
                $"No benchmark is called {string.Join(", ", unknown)}. There are: {string.Join(", ", known)}.");

            return 2;
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        var allWithin = true;

        foreach (var benchmark in Catalog.Raw.Where(benchmark => IsWanted(benchmark.Name)))
        {
            allWithin &= await benchmark.RunAsync(limit.Token);
        }

        foreach (var benchmark in Catalog.Timed.Where(benchmark => IsWanted(benchmark.Name)))
        {
            allWithin &= benchmark.Run();
        }

        return await CompareAllAsync([.. Catalog.All.Where(benchmark => IsWanted(benchmark.Name))], limit.Token) && allWithin ? 0 : 1;

        bool IsWanted(string name) => names.Length == 0 || names.Contains(name, StringComparer.Ordinal);
    }

    private static async Task<bool> CompareAllAsync(IReadOnlyList<Benchmark> benchmarks, CancellationToken cancellationToken)
    {
        if (benchmarks.Count == 0)
        {
            return true;
        }

        using var pki = new TestPki();
        await using var sinks = await Sinks.StartAsync(pki);
        var allWithin = true;

        foreach (var benchmark in benchmarks)
        {
            var comparison = await CompareAsync(benchmark, pki, sinks, cancellationToken);
            Console.WriteLine(comparison);
            allWithin &= comparison.IsWithinBudget;
        }

        if (!sinks.TookTelemetry)
        {
            await Console.Error.WriteLineAsync("No host exported telemetry: the figures do not hold.");

            return false;
        }

        return allWithin;
    }

    private static async Task<Comparison> CompareAsync(Benchmark benchmark, TestPki pki, Sinks sinks, CancellationToken cancellationToken)
    {
        await using var subject = await Competitor.StartAsync(benchmark.Subject, pki, sinks, cancellationToken);
        await using var baseline = await Competitor.StartAsync(benchmark.Baseline, pki, sinks, cancellationToken);

        // Both as often: what the runtime has compiled for good depends on it.
        var calls = Math.Max(1, (int)(CallsATurn * benchmark.Share));
        await subject.MakeCallsAsync(WarmUpCalls, cancellationToken);
        await baseline.MakeCallsAsync(WarmUpCalls, cancellationToken);

        var pairs = new List<(Measurement, Measurement)>();
        var eventCalls = sinks.EventCalls;

        for (var round = 0; round < Rounds; round++)
        {
            var (ofSubject, ofBaseline) = (new Measurement[TurnsARound], new Measurement[TurnsARound]);
            for (var turn = 0; turn < TurnsARound; turn++)
            {
                ofSubject[turn] = await subject.MakeCallsAsync(calls, cancellationToken);
                ofBaseline[turn] = await baseline.MakeCallsAsync(CallsATurn, cancellationToken);
            }

            pairs.Add((Measurement.Of(ofSubject), Measurement.Of(ofBaseline)));
        }

        return Hosts.IsService(benchmark.Subject.Host) && sinks.EventCalls < eventCalls + Rounds
            ? throw new InvalidOperationException($"{benchmark.Subject.Host} sent hardly any audit events: the figures of {benchmark.Name} do not hold.")
            : new(benchmark, pairs);
    }
}
