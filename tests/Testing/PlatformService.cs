using System.Net;

namespace McpSecure.Testing;

/// <summary>Runs one service as the process that it is in production, on ports of its own, and ends it in any way a process ends.</summary>
public sealed class PlatformService : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder = Directory.CreateTempSubdirectory("mcpsecure-service-").FullName;
    private readonly string program;
    private readonly HttpClient health = new() { Timeout = TimeSpan.FromSeconds(5) };
    private ServerProcess? process;

    /// <summary>Makes a service that does not run yet.</summary>
    /// <param name="name">The workload's name.</param>
    /// <param name="project">The name of its project, without what all have in common.</param>
    public PlatformService(string name, string project)
    {
        Name = name;
        program = RepositoryFiles.Program($"services/{project}", $"McpSecure.{project}");
    }

    /// <summary>Gets the workload's name.</summary>
    public string Name { get; }

    /// <summary>Gets the port of gRPC over mutual TLS.</summary>
    public int GrpcPort { get; } = FreePort.Next();

    /// <summary>Gets the plain-HTTP port.</summary>
    public int HealthPort { get; } = FreePort.Next();

    /// <summary>Gets where it is called.</summary>
    public Uri Address => new($"https://localhost:{GrpcPort}");

    /// <summary>Gets everything that it wrote to standard output and standard error so far, over all its runs.</summary>
    public string Output => File.Exists($"{folder}/log") ? File.ReadAllText($"{folder}/log") : "";

    /// <summary>Gets whether its process runs.</summary>
    public bool Runs => process is { HasEnded: false };

    /// <summary>Gets the id of its process, which runs.</summary>
    public int ProcessId => process!.Pid;

    /// <summary>Gets or sets the settings that the process is started with.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Starts the process and does not wait for it.</summary>
    public async Task LaunchAsync() => process = await ServerProcess.StartAsync(folder, "KILL", ["dotnet", program], Settings);

    /// <summary>Starts the process and waits until it is ready.</summary>
    public async Task StartAsync()
    {
        await LaunchAsync();
        await WaitUntilReadyAsync();
    }

    /// <summary>Ends the process as an operator does, with SIGTERM, and waits until it has ended.</summary>
    public Task StopAsync() => EndAsync("TERM");

    /// <summary>Ends the process in its tracks, with SIGKILL.</summary>
    public Task KillAsync() => EndAsync("KILL");

    /// <summary>Waits until <c>/health</c> says ready.</summary>
    /// <exception cref="TimeoutException">It does not within a minute, or the process ended; the message has its last words.</exception>
    public Task WaitUntilReadyAsync() => WaitForHealthAsync(HttpStatusCode.OK);

    /// <summary>Waits until <c>/health</c> says that something is missing.</summary>
    public Task WaitUntilNotReadyAsync() => WaitForHealthAsync(HttpStatusCode.ServiceUnavailable);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        health.Dispose();
        if (process is not null)
        {
            await process.DisposeAsync();
        }
        else if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task EndAsync(string signal)
    {
        await process!.EndAsync(signal);
        process = null;
    }

    private async Task WaitForHealthAsync(HttpStatusCode wanted)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (await HealthAsync() != wanted)
        {
            if (!Runs || TimeProvider.System.GetElapsedTime(begun) > Patience)
            {
                throw new TimeoutException($"{Name} does not answer {(int)wanted} on /health: {process?.LastWords()}");
            }

            await Task.Delay(50);
        }
    }

    private async Task<HttpStatusCode?> HealthAsync()
    {
        try
        {
            using var response = await health.GetAsync(new Uri($"http://127.0.0.1:{HealthPort}/health"));
            return response.StatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }
}
