using McpSecure.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpSecure.Testing;

/// <summary>Says what a workload is made of.</summary>
/// <param name="Name">Its name in its certificate, for example <c>apikey</c>.</param>
/// <param name="Assembly">The assembly that it is, which holds its migrations; null for a double.</param>
/// <param name="Add">Adds its services, as its Program.cs does.</param>
/// <param name="Map">Maps its rpcs, as its Program.cs does.</param>
public sealed record Workload(string Name, string? Assembly, Action<WebApplicationBuilder> Add, Action<WebApplication> Map);

/// <summary>Runs a workload in this process, on free ports, over real mutual TLS.</summary>
public sealed class WorkloadHost : IAsyncDisposable
{
    private readonly WebApplication app;

    private WorkloadHost(WebApplication app, LogCapture log) => (this.app, Log) = (app, log);

    /// <summary>Gets its services, for tests that look inside.</summary>
    public IServiceProvider Services => app.Services;

    /// <summary>Gets what it logged.</summary>
    public LogCapture Log { get; }

    /// <summary>Gets where its rpcs are.</summary>
    public Uri Address => new(AddressOf("https:"));

    private string HealthAddress => AddressOf("http:");

    /// <summary>Starts a workload and waits until it is ready, with live caches where it has some.</summary>
    public static async Task<WorkloadHost> StartAsync(TestPki pki, Workload workload, params (string Name, string Value)[] settings)
    {
        var host = await LaunchAsync(pki, workload, settings);
        await host.WaitUntilAsync(async () => await host.IsReadyAsync() && host.Services.GetService<InvalidationChannel>() is null or { IsLive: true });
        return host;
    }

    /// <summary>Starts a workload that may not become ready.</summary>
    public static async Task<WorkloadHost> LaunchAsync(TestPki pki, Workload workload, params (string Name, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = workload.Assembly, EnvironmentName = "Production" });
        builder.Configuration.AddInMemoryCollection(
        [
            .. pki.Workload(workload.Name).Settings,
            new("Listen:Address", "localhost"),
            new("Listen:GrpcPort", "0"),
            new("Listen:HealthPort", "0"),
            new("CallerPolicy:Applications:0", "webshop"),
            .. settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value)),
        ]);

        var log = new LogCapture();
        workload.Add(builder);
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(log);
        var built = builder.Build();
        built.MapServiceDefaults();
        workload.Map(built);
        await built.StartAsync();
        return new WorkloadHost(built, log);
    }

    /// <summary>Tells whether it says of itself that it can serve.</summary>
    public async Task<bool> IsReadyAsync()
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri($"{HealthAddress}/health"));
        return answer.IsSuccessStatusCode;
    }

    /// <summary>Waits until something holds, at most ten seconds.</summary>
    public async Task WaitUntilAsync(Func<Task<bool>> holds)
    {
        for (var tries = 0; tries < 400; tries++)
        {
            if (await holds())
            {
                return;
            }

            await Task.Delay(25);
        }

        throw new InvalidOperationException($"What was waited for did not come; last in the log: {string.Join('\n', Log.Lines.TakeLast(5))}");
    }

    /// <summary>Ends it in order, as SIGTERM does.</summary>
    public Task StopAsync() => app.StopAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => app.DisposeAsync();

    private string AddressOf(string scheme) => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
        .Single(address => address.StartsWith(scheme, StringComparison.Ordinal));
}
