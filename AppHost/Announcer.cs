using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace McpSecure.AppHost;

/// <summary>Tells the console when everything is healthy, with <paramref name="welcome"/>, and whenever something dies or comes back.</summary>
internal sealed class Announcer(
    ResourceNotificationService notifications,
    IHostApplicationLifetime lifetime,
    IReadOnlyList<string> expected,
    Func<CancellationToken, Task<string>> welcome) : BackgroundService
{
    private readonly HashSet<string> healthy = new(StringComparer.Ordinal);
    private readonly HashSet<string> dead = new(StringComparer.Ordinal);
    private bool welcomed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var change in notifications.WatchAsync(stoppingToken))
        {
            if (expected.Contains(change.Resource.Name, StringComparer.Ordinal) && !lifetime.ApplicationStopping.IsCancellationRequested)
                await TellAsync(change.Resource.Name, change.Snapshot, stoppingToken);
        }
    }

    private async Task TellAsync(string name, CustomResourceSnapshot now, CancellationToken cancellationToken)
    {
        if (KnownResourceStates.TerminalStates.Contains(now.State?.Text, StringComparer.Ordinal))
        {
            healthy.Remove(name);
            if (dead.Add(name))
                await Console.Error.WriteLineAsync($"{name} {Death(now)}: its last words are in the log and on the dashboard; the others go on without it.");
            return;
        }

        if (now.HealthStatus != HealthStatus.Healthy || !healthy.Add(name))
            return;

        if (dead.Remove(name))
            await Console.Out.WriteLineAsync($"{name} is back.");
        if (!welcomed && healthy.Count == expected.Count)
        {
            welcomed = true;
            await Console.Out.WriteLineAsync(await welcome(cancellationToken));
        }
    }

    private static string Death(CustomResourceSnapshot now) =>
        now.State?.Text == KnownResourceStates.FailedToStart ? "did not start" : $"stopped with exit code {now.ExitCode}";
}
