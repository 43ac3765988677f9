using System.Diagnostics;

namespace McpSecure.Benchmarks;

/// <summary>Makes a fixed number of calls from a fixed number of callers at once over one connection.</summary>
internal static class Load
{
    private const int Callers = 32;

    // A decision's event is sent up to 50 ms after its answer: it belongs to the call that caused it.
    private static readonly TimeSpan Aftermath = TimeSpan.FromMilliseconds(50);

    public static async Task<Measurement> RunAsync(Func<TimeSpan> serverCpuTime, Func<Task> call, int calls)
    {
        var latencies = new TimeSpan[calls];
        var next = -1;
        var before = serverCpuTime();

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => CallInTurnAsync()));
        await Task.Delay(Aftermath);

        var spent = serverCpuTime() - before;
        Array.Sort(latencies);

        return new(spent / calls, latencies);

        async Task CallInTurnAsync()
        {
            for (var index = Interlocked.Increment(ref next); index < calls; index = Interlocked.Increment(ref next))
            {
                var started = Stopwatch.GetTimestamp();
                await call();
                latencies[index] = Stopwatch.GetElapsedTime(started);
            }
        }
    }
}
