using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.Testing.Otlp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpSecure.Testing;

/// <summary>Stands where services send their telemetry, keeps every export to the byte, and reads spans from them.</summary>
public sealed class TelemetryReceiver : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly Inbox inbox;

    private TelemetryReceiver(WebApplication application, Inbox inbox) => (this.application, this.inbox) = (application, inbox);

    /// <summary>Gets what belongs in <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, with the protocol <c>grpc</c>.</summary>
    public Uri Endpoint => new(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>Gets every export of traces, metrics and logs so far, as the bytes that arrived.</summary>
    public IReadOnlyCollection<byte[]> Exports => [.. inbox.Exports];

    /// <summary>Gets every span that arrived so far.</summary>
    public IReadOnlyCollection<TelemetrySpan> Spans => [.. inbox.Spans];

    /// <summary>Starts a receiver on a free port of the loopback address.</summary>
    public static async Task<TelemetryReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = null);
        var received = new Inbox();
        builder.Services.AddSingleton(received);

        var receiver = builder.Build();
        receiver.MapGrpcService<Traces>();
        receiver.MapGrpcService<Logs>();
        receiver.MapGrpcService<Metrics>();
        await receiver.StartAsync();
        return new TelemetryReceiver(receiver, received);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => application.DisposeAsync();

    private sealed class Inbox
    {
        public ConcurrentQueue<byte[]> Exports { get; } = [];

        public ConcurrentQueue<TelemetrySpan> Spans { get; } = [];

        public void Keep(IMessage export) => Exports.Enqueue(export.ToByteArray());
    }

    private sealed class Traces(Inbox inbox) : TraceService.TraceServiceBase
    {
        public override Task<ExportTraceServiceResponse> Export(ExportTraceServiceRequest request, ServerCallContext context)
        {
            inbox.Keep(request);
            foreach (var resource in request.ResourceSpans)
            {
                var service = resource.Resource.Attributes.FirstOrDefault(attribute => attribute.Key == "service.name")?.Value.StringValue ?? "";
                foreach (var span in resource.ScopeSpans.SelectMany(scope => scope.Spans))
                {
                    inbox.Spans.Enqueue(new TelemetrySpan(service, span.Name, Convert.ToHexStringLower(span.TraceId.Span)));
                }
            }

            return Task.FromResult(new ExportTraceServiceResponse());
        }
    }

    private sealed class Logs(Inbox inbox) : LogsService.LogsServiceBase
    {
        public override Task<ExportLogsServiceResponse> Export(ExportLogsServiceRequest request, ServerCallContext context)
        {
            inbox.Keep(request);
            return Task.FromResult(new ExportLogsServiceResponse());
        }
    }

    private sealed class Metrics(Inbox inbox) : MetricsService.MetricsServiceBase
    {
        public override Task<ExportMetricsServiceResponse> Export(ExportMetricsServiceRequest request, ServerCallContext context)
        {
            inbox.Keep(request);
            return Task.FromResult(new ExportMetricsServiceResponse());
        }
    }
}

/// <summary>Tells which service did what in which trace.</summary>
public sealed record TelemetrySpan(string Service, string Name, string TraceId);
