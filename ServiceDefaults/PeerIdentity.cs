using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using McpSecure.Client;

namespace McpSecure.ServiceDefaults;

/// <summary>Names the workload at the other end of a connection, as its certificate proves it.</summary>
/// <param name="Name">The workload's name, for example <c>auth</c>.</param>
/// <param name="SpiffeId">The whole id, for example <c>spiffe://mcpsecure.local/svc/auth</c>.</param>
public sealed record PeerIdentity(string Name, SpiffeId SpiffeId)
{
    internal KeyValuePair<string, object?> MetricTag { get; } = new("mcpsecure.peer", Name);
}

/// <summary>Reads the peer of a call.</summary>
public static class PeerIdentityExtensions
{
    /// <summary>Gives the workload that makes this call. There always is one: connections without it are not accepted.</summary>
    public static PeerIdentity Peer(this ServerCallContext context) => Call.Of(context).Peer;

    /// <summary>Gives the certificate by which the caller proved who it is. It lives as long as the connection.</summary>
    public static X509Certificate2 PeerCertificate(this ServerCallContext context) =>
        context.GetHttpContext().Features.Get<ConnectionPeer>()?.Leaf ?? throw new InvalidOperationException("The call did not come through AddServiceDefaults.");
}
