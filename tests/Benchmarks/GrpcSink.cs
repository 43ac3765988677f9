using System.Net;
using System.Security.Cryptography.X509Certificates;
using McpSecure.Client;
using McpSecure.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace McpSecure.Benchmarks;

/// <summary>
/// Takes calls and drops what they send, as a collector of telemetry and as the audit log: so that a host pays for what it sends as it would in
/// use, while what takes it costs the machine that they share as little as can be.
/// </summary>
internal sealed class GrpcSink : IAsyncDisposable
{
    private readonly WebApplication app;
    private long calls;

    private GrpcSink(Action<ListenOptions> listen)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http2;
            listen(endpoint);
        }));
        app = builder.Build();
        app.Run(TakeAsync);
    }

    public Uri Address => new UriBuilder(app.Urls.Single()) { Host = "localhost" }.Uri;

    /// <summary>Gets how many calls came: none would mean that what should have been sent was not, and cost nothing.</summary>
    public long Calls => Interlocked.Read(ref calls);

    /// <summary>Starts one that stands for a collector.</summary>
    public static Task<GrpcSink> ForTelemetryAsync() => StartAsync(_ => { });

    /// <summary>Starts one that stands for the audit log, over mTLS.</summary>
    public static Task<GrpcSink> ForAuditAsync(TestPki pki)
    {
        var files = pki.Workload(Peers.Audit);
        return StartAsync(endpoint => endpoint.UseHttps(https =>
        {
            https.ServerCertificate = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.AllowAnyClientCertificate();
        }));
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static async Task<GrpcSink> StartAsync(Action<ListenOptions> listen)
    {
        var sink = new GrpcSink(listen);
        await sink.app.StartAsync();

        return sink;
    }

    private async Task TakeAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        Interlocked.Increment(ref calls);

        // gRPC over HTTP2: an empty message with its prefix of five bytes, then the status as a trailer.
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(new byte[5], context.RequestAborted);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}
