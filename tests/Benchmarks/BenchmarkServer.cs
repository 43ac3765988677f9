using System.Diagnostics;
using McpSecure.Testing;

namespace McpSecure.Benchmarks;

/// <summary>Runs one of the <see cref="Hosts"/> as a process of its own, configured as the AppHost configures a service.</summary>
internal sealed class BenchmarkServer : IAsyncDisposable
{
    private const int LastWords = 20;

    private readonly Process process;

    private BenchmarkServer(Process process, Uri address) => (this.process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>Gets the CPU time that the process has spent so far, user and system.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            process.Refresh();

            return process.TotalProcessorTime;
        }
    }

    public static async Task<BenchmarkServer> StartAsync(
        string host, TestPki pki, Sinks sinks, IEnumerable<KeyValuePair<string, string?>> more, CancellationToken cancellationToken)
    {
        var port = FreePort.Next();
        var start = new ProcessStartInfo("dotnet", [typeof(BenchmarkServer).Assembly.Location, "serve", host])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };

        var settings = pki.Workload(host).Settings.Concat(
        [
            new("Listen:Address", "localhost"),
            new("Listen:GrpcPort", port.ToString()),
            new("Listen:HealthPort", FreePort.Next().ToString()),
            new("OTEL_SERVICE_NAME", host),
            .. sinks.Settings,
            .. more,
        ]);

        foreach (var (name, value) in settings)
        {
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        var started = Process.Start(start)!;
        var said = new Queue<string>();

        while (await started.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line == Hosts.Ready)
            {
                // What it says from now on is read and dropped, so that a full pipe never blocks it.
                _ = started.StandardOutput.ReadToEndAsync(CancellationToken.None);

                return new(started, new Uri($"https://localhost:{port}"));
            }

            said.Enqueue(line);
            if (said.Count > LastWords)
            {
                said.Dequeue();
            }
        }

        throw new InvalidOperationException($"The host {host} ended before it took calls: {string.Join('\n', said)}");
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
