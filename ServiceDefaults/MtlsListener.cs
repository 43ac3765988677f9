using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using McpSecure.Client;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpSecure.ServiceDefaults;

/// <summary>Sets up the two ports: gRPC over mutual TLS and HTTP/2, and plain HTTP/1.1 for health.</summary>
internal sealed class MtlsListener(
    IOptions<ListenOptions> listen,
    IOptions<LimitsOptions> limits,
    CertificateFiles files,
    TimeProvider clock,
    ILogger<MtlsListener> logger) : IConfigureOptions<KestrelServerOptions>
{
    public void Configure(KestrelServerOptions options)
    {
        var bounds = limits.Value;
        options.AddServerHeader = false;
        options.AllowSynchronousIO = false;
        options.Limits.MaxConcurrentConnections = bounds.MaxConnections;
        options.Limits.MaxRequestBodySize = null; // gRPC bounds each message by the length in its frame, before it reads it
        options.Limits.MaxRequestHeadersTotalSize = bounds.MaxHeadersSizeInBytes;
        options.Limits.MaxRequestHeaderCount = 64;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        options.Limits.Http2.MaxStreamsPerConnection = bounds.MaxStreamsPerConnection;
        options.Limits.Http2.MaxRequestHeaderFieldSize = bounds.MaxHeadersSizeInBytes;
        options.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(60);
        options.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);

        Listen(options, listen.Value.GrpcPort, endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http2;
            endpoint.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = bounds.HandshakeTimeout,
                OnConnection = handshake => ValueTask.FromResult(Tls(handshake.Connection)),
            });
        });
        Listen(options, listen.Value.HealthPort, endpoint => endpoint.Protocols = HttpProtocols.Http1);
    }

    private void Listen(KestrelServerOptions options, int port, Action<Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions> configure)
    {
        switch (listen.Value.Address)
        {
            case "*":
                options.ListenAnyIP(port, configure);
                break;
            case "localhost" when port == 0: // a free port cannot be asked for on two addresses at once
                options.Listen(IPAddress.Loopback, port, configure);
                break;
            case "localhost":
                options.ListenLocalhost(port, configure);
                break;
            case var address when IPAddress.TryParse(address, out var ip):
                options.Listen(ip, port, configure);
                break;
            case var other:
                throw new OptionsValidationException("Listen", typeof(ListenOptions), [$"Listen:Address is '{other}': it must be localhost, * or an IP address."]);
        }
    }

    private SslServerAuthenticationOptions Tls(BaseConnectionContext connection)
    {
        // One reading for the whole handshake: what we show and whom we trust belong together.
        var ours = files.Current;

        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = ours.Context,
            ClientCertificateRequired = true,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = PeerVerifier.Policy(ours.Trust.Roots, PeerVerifier.ClientAuthentication),
            EnabledSslProtocols = TlsRules.Protocols,
            CipherSuitesPolicy = TlsRules.CipherSuites,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            AllowRenegotiation = false,
            AllowTlsResume = false, // each connection proves its key anew
            RemoteCertificateValidationCallback = (_, certificate, chain, _) => Accept(connection, certificate, chain, ours),
        };
    }

    private bool Accept(BaseConnectionContext connection, X509Certificate? certificate, X509Chain? chain, WorkloadCertificate ours)
    {
        var (peer, why) = certificate is X509Certificate2 shown
            ? ConnectionPeer.Judge(shown, chain?.ChainPolicy.ExtraStore ?? [], ours, clock.GetUtcNow())
            : (null, "it showed no certificate");

        if (peer is null)
        {
            Log.ClientRefused(logger, connection.RemoteEndPoint, why!);
            return false;
        }

        connection.Features.Set(peer);
        return true;
    }
}
