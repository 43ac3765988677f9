using System.Diagnostics;
using System.Reflection;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace McpSecure.Testing;

/// <summary>
/// Runs a service's own Program in this process, on free ports, with real certificates; a test may replace what it registers. What is
/// tested is what is shipped: the program is started as the runtime starts it, and changed just before it builds its container.
/// </summary>
public sealed class ServiceHost : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    // Which start the host that is being built belongs to; tests start several at once.
    private static readonly AsyncLocal<ServiceHost?> Starting = new();

    private static int certificates;

    private readonly TaskCompletionSource<IHost> built = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<IServiceCollection> configure;
    private readonly string workload;
    private readonly TestPki pki;
    private IHost? host;

    static ServiceHost() => DiagnosticListener.AllListeners.Subscribe(new Listeners());

    private ServiceHost(TestPki pki, string workload, Action<IServiceCollection> configure) =>
        (this.pki, this.workload, this.configure) = (pki, workload, configure);

    /// <summary>Gets the container of the running service.</summary>
    public IServiceProvider Services => host!.Services;

    /// <summary>Gets the address of the gRPC port.</summary>
    public Uri GrpcAddress => Addresses.Single(address => address.Scheme == "https");

    /// <summary>Gets the address of the health port.</summary>
    public Uri HealthAddress => Addresses.Single(address => address.Scheme == "http");

    private IEnumerable<Uri> Addresses =>
        Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address));

    /// <summary>Starts a service.</summary>
    /// <param name="program">The service's assembly.</param>
    /// <param name="pki">Who certifies it.</param>
    /// <param name="workload">Its workload's name, for example <c>crypto</c>.</param>
    /// <param name="settings">Its settings, as <c>Section:Name</c>, beside ports and certificates.</param>
    /// <param name="configure">Changes what it registered.</param>
    public static async Task<ServiceHost> StartAsync(
        Assembly program, TestPki pki, string workload, IEnumerable<(string Name, string Value)> settings, Action<IServiceCollection> configure)
    {
        var service = new ServiceHost(pki, workload, configure);
        IEnumerable<KeyValuePair<string, string?>> all =
        [
            .. Certificate(pki, workload).Settings,
            new("applicationName", program.GetName().Name),
            new("environment", "Production"),
            new("Listen:Address", "localhost"),
            new("Listen:GrpcPort", "0"),
            new("Listen:HealthPort", "0"),
            .. settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value)),
        ];
        service.Run(program, [.. all.Select(setting => $"--{setting.Key}={setting.Value}")]);

        // A program that ends before it has started threw, and that is what the test must see.
        var started = service.StartedAsync();
        await await Task.WhenAny(started, service.ended.Task).WaitAsync(StartLimit);
        await started.WaitAsync(StartLimit);
        return service;
    }

    /// <summary>Gives typed clients that call this service as a workload does.</summary>
    public ServiceProvider As(string caller) => TestPki.Clients(Certificate(pki, caller), (workload, GrpcAddress));

    /// <summary>Waits until the service is ready.</summary>
    public async Task WaitUntilReadyAsync()
    {
        var checks = Services.GetRequiredService<HealthCheckService>();
        var begun = TimeProvider.System.GetTimestamp();
        while (await checks.CheckHealthAsync() is { Status: HealthStatus.Unhealthy } report)
        {
            if (TimeProvider.System.GetElapsedTime(begun) > StartLimit)
            {
                throw new TimeoutException(string.Join(", ", report.Entries.Select(entry => $"{entry.Key}: {entry.Value.Description}")));
            }

            await Task.Delay(20);
        }
    }

    /// <summary>Asks the service to end, as SIGTERM does, and returns when it has.</summary>
    public async Task StopAsync()
    {
        Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await ended.Task.WaitAsync(StartLimit);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!ended.Task.IsCompleted)
        {
            await StopAsync();
        }
    }

    // Files of its own for each: several of one name may start at once.
    private static CertificatePaths Certificate(TestPki pki, string workload) =>
        pki.Workload($"{workload}-{Interlocked.Increment(ref certificates)}", TestLeaf.Of(workload));

    private async Task StartedAsync()
    {
        host = await built.Task;
        var started = new TaskCompletionSource();
        await using var _ = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(started.SetResult);
        await started.Task;
    }

    // On a thread of its own: a program's entry point returns when the program ends.
    private void Run(Assembly program, string[] arguments) => new Thread(() =>
    {
        Starting.Value = this;
        try
        {
            program.EntryPoint!.Invoke(null, [arguments]);
            ended.SetResult();
        }
        catch (TargetInvocationException e)
        {
            ended.SetException(e.InnerException!);
        }
    })
    { IsBackground = true, Name = $"{workload} under test" }.Start();

    // Microsoft.Extensions.Hosting tells tools of every host that it builds: first the builder, then the host.
    private sealed class Listeners : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Microsoft.Extensions.Hosting")
            {
                value.Subscribe(this);
            }
        }

        public void OnNext(KeyValuePair<string, object?> value)
        {
            switch (value)
            {
                case { Key: "HostBuilding", Value: IHostBuilder builder } when Starting.Value is { } service:
                    builder.ConfigureServices(service.configure);
                    break;
                case { Key: "HostBuilt", Value: IHost host } when Starting.Value is { } service:
                    service.built.TrySetResult(host);
                    break;
            }
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }
}
