namespace McpSecure.Benchmarks;

/// <summary>What one round of calls cost.</summary>
/// <param name="ServerCpuPerCall">The CPU time of the server's process, user and system, divided by the calls.</param>
/// <param name="Latencies">How long each call took for the caller, sorted.</param>
internal sealed record Measurement(TimeSpan ServerCpuPerCall, IReadOnlyList<TimeSpan> Latencies)
{
    /// <summary>Makes one measurement of several that made as many calls each.</summary>
    public static Measurement Of(IReadOnlyCollection<Measurement> parts) => new(
        TimeSpan.FromTicks((long)parts.Average(part => part.ServerCpuPerCall.Ticks)), [.. parts.SelectMany(part => part.Latencies).Order()]);

    public TimeSpan Percentile(double fraction) => Latencies[(int)Math.Min(Latencies.Count - 1, fraction * Latencies.Count)];
}

/// <summary>What pairs of rounds, measured in turn, say of a benchmark: medians, and the ratios' spread.</summary>
internal sealed record Comparison(Benchmark Benchmark, IReadOnlyList<(Measurement Subject, Measurement Baseline)> Pairs)
{
    private double[] Ratios { get; } = [.. Pairs.Select(pair => pair.Subject.ServerCpuPerCall / pair.Baseline.ServerCpuPerCall).Order()];

    /// <summary>Tells whether the median ratio is within the budget.</summary>
    public bool IsWithinBudget => Median(Ratios) <= Benchmark.Budget;

    public override string ToString() =>
        $"{Benchmark.Name,-24} {Median(Ratios):0.00} ({Ratios[0]:0.00}-{Ratios[^1]:0.00})  budget {Benchmark.Budget:0.00}  {(IsWithinBudget ? "ok" : "over")}"
        + $"  [server CPU {Cpu(pair => pair.Subject):0.0} vs {Cpu(pair => pair.Baseline):0.0} us/call,"
        + $" p50 {Latency(pair => pair.Subject, 0.5):0.00} vs {Latency(pair => pair.Baseline, 0.5):0.00} ms,"
        + $" p99 {Latency(pair => pair.Subject, 0.99):0.00} vs {Latency(pair => pair.Baseline, 0.99):0.00} ms]";

    private double Cpu(Func<(Measurement Subject, Measurement Baseline), Measurement> side) =>
        Median([.. Pairs.Select(pair => side(pair).ServerCpuPerCall.TotalMicroseconds).Order()]);

    private double Latency(Func<(Measurement Subject, Measurement Baseline), Measurement> side, double fraction) =>
        Median([.. Pairs.Select(pair => side(pair).Percentile(fraction).TotalMilliseconds).Order()]);

    /// <summary>Returns the median of numbers that are sorted.</summary>
    public static double Median(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}
