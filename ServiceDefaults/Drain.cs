using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace McpSecure.ServiceDefaults;

/// <summary>Ends the service in order: says so on <c>/health</c>, waits while others look away, then lets the server finish what it has.</summary>
internal sealed class Drain(Readiness readiness, IOptions<DrainOptions> options, TimeProvider clock)
    : IHostedLifecycleService, IConfigureOptions<HostOptions>, IDisposable
{
    private readonly CancellationTokenSource ending = new();

    /// <summary>Gets what ends calls that would never end by themselves: those whose answers are a stream.</summary>
    public CancellationToken Ending => ending.Token;

    public void Configure(HostOptions host) => host.ShutdownTimeout = options.Value.Announce + options.Value.Finish;

    // Comes before any hosted service is stopped, the server among them.
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        readiness.Drain();
        await Task.Delay(options.Value.Announce, clock, cancellationToken);
        await ending.CancelAsync();
    }

    public void Dispose() => ending.Dispose();

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
