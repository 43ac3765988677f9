using System.Collections.Concurrent;
using Grpc.Core;
using McpSecure.Client;
using McpSecure.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Runs a real host with ServiceDefaults on free ports: the workload <c>probe</c>.</summary>
public sealed class ProbeHost : IAsyncDisposable
{
    public const string Name = "probe";

    private static readonly CallerPolicy Policy = new[] { "Echo", "Act", "Repeat", "Collect", "Chat", "Check", "Store" }.Aggregate(
        CallerPolicy.For(ProbeService.Descriptor),
        (policy, rpc) => policy.Allow($"mcpsecure.testing.v1.ProbeService/{rpc}", Caller.Service("friend"), Caller.Applications));

    private ProbeHost(WebApplication app, TestPki pki, LogCapture log)
    {
        App = app;
        Pki = pki;
        Log = log;
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        GrpcAddress = new Uri(addresses.Single(a => a.StartsWith("https", StringComparison.Ordinal)));
        HealthAddress = new Uri(addresses.Single(a => a.StartsWith("http:", StringComparison.Ordinal)));
    }

    public WebApplication App { get; }

    public TestPki Pki { get; }

    public LogCapture Log { get; }

    public ProbeActions Actions => App.Services.GetRequiredService<ProbeActions>();

    public Uri GrpcAddress { get; }

    public Uri HealthAddress { get; }

    public static async Task<ProbeHost> StartAsync(
        TestPki pki,
        CertificatePaths? own = null,
        Action<WebApplicationBuilder>? configure = null,
        string environment = "Production",
        params (string Name, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Configuration.AddInMemoryCollection(
        [
            .. (own ?? pki.Workload(Name)).Settings,
            new("Listen:Address", "localhost"),
            new("Listen:GrpcPort", "0"),
            new("Listen:HealthPort", "0"),
            new("CallerPolicy:Applications:0", "webshop"),
        ]);
        builder.Configuration.AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>(s.Name, s.Value)));

        var log = new LogCapture();
        builder.AddServiceDefaults(Policy);
        builder.Logging.ClearProviders().AddProvider(log);
        builder.Services.AddSingleton<ProbeActions>();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapGrpcService<Probe>();
        await app.StartAsync();
        return new ProbeHost(app, pki, log);
    }

    /// <summary>Gives a client that calls as a workload.</summary>
    public ProbeClient As(string workload, Action<McpSecureClientOptions>? configure = null) => As(Pki.Workload(workload), configure);

    /// <summary>Gives a client that calls with these files.</summary>
    public ProbeClient As(CertificatePaths paths, Action<McpSecureClientOptions>? configure = null) => new(paths, GrpcAddress, configure);

    /// <summary>Gives clients of other services of this host.</summary>
    public ServiceProvider Clients(string workload, Action<IServiceCollection> add)
    {
        var services = new ServiceCollection();
        services.Configure<McpSecureClientOptions>(options => TestPki.Configure(options, Pki.Workload(workload), (Name, GrpcAddress)));
        add(services);
        return services.BuildServiceProvider();
    }

    public ValueTask DisposeAsync() => App.DisposeAsync();

    private sealed class Probe(ProbeActions actions) : ProbeService.ProbeServiceBase
    {
        public override Task<EchoResponse> Echo(EchoRequest request, ServerCallContext context) =>
            Task.FromResult(new EchoResponse { Text = request.Text });

        public override Task<EchoResponse> Act(EchoRequest request, ServerCallContext context) => actions.Act(request, context);

        public override Task<EchoResponse> Store(EchoRequest request, ServerCallContext context) => Task.FromResult(new EchoResponse());

        public override Task<EchoResponse> Hidden(EchoRequest request, ServerCallContext context) => Echo(request, context);

        public override Task<EchoResponse> Check(Everything request, ServerCallContext context)
        {
            actions.Checked.Enqueue(request);
            return Task.FromResult(new EchoResponse());
        }

        public override async Task Repeat(EchoRequest request, IServerStreamWriter<EchoResponse> responseStream, ServerCallContext context)
        {
            await responseStream.WriteAsync(new EchoResponse { Text = request.Text });
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }

        public override async Task<EchoResponse> Collect(IAsyncStreamReader<EchoRequest> requestStream, ServerCallContext context)
        {
            var count = 0;
            while (await requestStream.MoveNext(context.CancellationToken))
            {
                count++;
            }

            return new EchoResponse { Text = count.ToString() };
        }

        public override async Task Chat(IAsyncStreamReader<EchoRequest> requestStream, IServerStreamWriter<EchoResponse> responseStream, ServerCallContext context)
        {
            while (await requestStream.MoveNext(context.CancellationToken))
            {
                await responseStream.WriteAsync(new EchoResponse { Text = requestStream.Current.Text });
            }
        }
    }
}

/// <summary>Says what the probe does when a test calls it.</summary>
public sealed class ProbeActions
{
    public Func<EchoRequest, ServerCallContext, Task<EchoResponse>> Act { get; set; } = (_, _) => Task.FromResult(new EchoResponse());

    public ConcurrentQueue<Everything> Checked { get; } = [];
}

/// <summary>Calls the probe through the client package, as a peer does.</summary>
public sealed class ProbeClient : IDisposable
{
    private readonly ServiceProvider services;

    public ProbeClient(CertificatePaths paths, Uri address, Action<McpSecureClientOptions>? configure)
    {
        var collection = new ServiceCollection();
        collection.Configure<McpSecureClientOptions>(options =>
        {
            TestPki.Configure(options, paths, (ProbeHost.Name, address));
            configure?.Invoke(options);
        });
        collection.AddMcpSecureClient(ProbeHost.Name, ProbeService.Descriptor, invoker => new ProbeService.ProbeServiceClient(invoker));
        services = collection.BuildServiceProvider();
        Probe = services.GetRequiredService<ProbeService.ProbeServiceClient>();
    }

    public ProbeService.ProbeServiceClient Probe { get; }

    public CertificateFiles Files => services.GetRequiredService<CertificateFiles>();

    public void Dispose() => services.Dispose();
}
