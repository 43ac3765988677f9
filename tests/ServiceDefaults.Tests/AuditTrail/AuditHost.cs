using System.Collections.Concurrent;
using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Runs a real gRPC server over mutual TLS where the audit service stands, on one port however often it is started.</summary>
internal sealed class AuditHost(TestPki pki) : IAsyncDisposable
{
    private static readonly CallerPolicy Policy =
        CallerPolicy.For(AuditService.Descriptor).Allow("mcpsecure.audit.v1.AuditService/RecordEvents", Caller.Service(ProbeHost.Name));

    private readonly CertificatePaths files = pki.Workload("audit");
    private readonly int port = FreePort.Next();
    private WebApplication? app;

    public Uri Address => new($"https://localhost:{port}");

    /// <summary>Gets what arrived, in order, as often as it arrived.</summary>
    public ConcurrentQueue<AuditEvent> Arrived { get; } = [];

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(
            [.. files.Settings, new("Listen:Address", "localhost"), new("Listen:GrpcPort", $"{port}"), new("Listen:HealthPort", "0")]);
        builder.AddServiceDefaults(Policy);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(Arrived);
        app = builder.Build();
        app.MapGrpcService<Log>();
        await app.StartAsync();
    }

    public async Task StopAsync()
    {
        if (app is not null)
        {
            await app.DisposeAsync();
            app = null;
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private sealed class Log(ConcurrentQueue<AuditEvent> arrived) : AuditService.AuditServiceBase
    {
        public override Task<RecordEventsResponse> RecordEvents(RecordEventsRequest request, ServerCallContext context)
        {
            foreach (var auditEvent in request.Events)
            {
                arrived.Enqueue(auditEvent);
            }

            return Task.FromResult(new RecordEventsResponse { Added = request.Events.Count });
        }
    }
}
