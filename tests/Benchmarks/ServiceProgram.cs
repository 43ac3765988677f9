using System.Reflection;

namespace McpSecure.Benchmarks;

/// <summary>Runs a service's own program in this process.</summary>
internal static class ServiceProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Says when the service is ready; ends as every host does, with its standard input.</summary>
    /// <param name="assembly">The service's assembly, in which its migrations lie.</param>
    public static async Task<int> ServeAsync(string assembly)
    {
        var program = Assembly.Load(assembly).EntryPoint!;
        string[] arguments = [$"--applicationName={assembly}"];
        var running = Task.Factory.StartNew(
            () => program.Invoke(null, [arguments]), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        using var http = new HttpClient();
        using var patience = new CancellationTokenSource(Patience);
        var health = new Uri($"http://localhost:{Environment.GetEnvironmentVariable("Listen__HealthPort")}/health");
        while (!await IsReadyAsync(http, health, patience.Token))
        {
            if (running.IsCompleted)
            {
                await running;
                throw new InvalidOperationException($"{assembly} ended before it was ready.");
            }

            await Task.Delay(100, patience.Token);
        }

        Console.WriteLine(Hosts.Ready);
        await Console.In.ReadToEndAsync(CancellationToken.None);

        return 0;
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, Uri health, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(health, cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
