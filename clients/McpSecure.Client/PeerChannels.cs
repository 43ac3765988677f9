using System.Collections.Concurrent;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpSecure.Client;

/// <summary>Keeps one channel per peer, made at first use.</summary>
internal sealed class PeerChannels(
    IOptions<McpSecureClientOptions> options,
    IEnumerable<PeerService> services,
    CertificateFiles files,
    TimeProvider clock,
    ILoggerFactory loggers) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<(GrpcChannel Channel, CallInvoker Invoker)>> channels = new(StringComparer.Ordinal);

    /// <summary>Gives what calls a peer.</summary>
    /// <exception cref="InvalidOperationException">The peer has no address; the message names the setting.</exception>
    public CallInvoker To(string peer) =>
        channels.GetOrAdd(peer, name => new Lazy<(GrpcChannel, CallInvoker)>(() => Open(name))).Value.Invoker;

    public void Dispose()
    {
        foreach (var channel in channels.Values.Where(c => c.IsValueCreated))
        {
            channel.Value.Channel.Dispose();
        }
    }

    private (GrpcChannel, CallInvoker) Open(string peer)
    {
        var settings = options.Value;
        if (!settings.Addresses.TryGetValue(peer, out var address))
        {
            throw new InvalidOperationException($"Peers:{peer} is not set: it is the address of {peer}, https://host:port.");
        }

        var connector = new MtlsConnector(files, peer, settings.ConnectTimeout, clock, loggers.CreateLogger<MtlsConnector>());
        var channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                ConnectCallback = connector.ConnectAsync,
                PooledConnectionLifetime = settings.ConnectionLifetime,
                PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
                KeepAlivePingDelay = TimeSpan.FromSeconds(30),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
                EnableMultipleHttp2Connections = true,
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
            },
            DisposeHttpClient = true,
            LoggerFactory = loggers,
            CompressionProviders = [], // a few compressed bytes could fill the memory before the size is looked at
            MaxReceiveMessageSize = settings.MaxReceiveSizeInBytes,
            ServiceConfig = IdempotentRetries.For(services.Where(s => s.Peer == peer).Select(s => s.Descriptor).DistinctBy(d => d.FullName), settings.MaxAttempts),
        });

        return (channel, new CallDefaults(channel.CreateCallInvoker(), settings, clock));
    }
}

/// <summary>Says that a peer serves a service of the contract.</summary>
internal sealed record PeerService(string Peer, ServiceDescriptor Descriptor);
