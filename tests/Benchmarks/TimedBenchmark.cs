using System.Diagnostics;

namespace McpSecure.Benchmarks;

/// <summary>States how long an operation within a service may take on one core, without an allocation.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Prepare">Gives something that does it as often as it returns.</param>
/// <param name="Budget">The longest time of one.</param>
internal sealed record TimedBenchmark(string Name, Func<Func<int>> Prepare, TimeSpan Budget)
{
    private const int Rounds = 7;

    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(500);

    /// <summary>Measures rounds and prints their median. Returns whether it is within its budget.</summary>
    public bool Run()
    {
        var operation = Prepare();
        TimeOf(operation); // compiles it for good

        var before = GC.GetAllocatedBytesForCurrentThread();
        operation();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        double[] nanoseconds = [.. Enumerable.Range(0, Rounds).Select(_ => TimeOf(operation)).Order()];
        var median = Comparison.Median(nanoseconds);
        var isWithin = median <= Budget.TotalNanoseconds && allocated == 0;
        Console.WriteLine(
            $"{Name,-24} {median:0} ns ({nanoseconds[0]:0}-{nanoseconds[^1]:0})  budget {Budget.TotalNanoseconds:0} ns  {(isWithin ? "ok" : "over")}  [{allocated} bytes allocated]");
        return isWithin;
    }

    private static double TimeOf(Func<int> operation)
    {
        var operations = 0L;
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < Round)
        {
            operations += operation();
        }

        return Stopwatch.GetElapsedTime(begun).TotalNanoseconds / operations;
    }
}
