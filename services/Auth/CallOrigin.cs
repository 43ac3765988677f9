using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Auth;

/// <summary>Says where a call comes from, and starts the audit events that tell of it.</summary>
/// <param name="Workload">The workload that calls, as its certificate proves it.</param>
/// <param name="Network">The network of its address (see <see cref="NetworkOf"/>).</param>
/// <param name="StartEvent">Starts an event of an action.</param>
internal sealed record CallOrigin(string Workload, string Network, Func<string, AuditEvent> StartEvent)
{
    /// <summary>Reads the origin of a call from its connection. Nothing that the caller says of himself counts: any metadata can be forged.</summary>
    public static CallOrigin Of(ServerCallContext context, AuditEvents events) => new(
        context.Peer().Name,
        NetworkOf(context.GetHttpContext().Connection.RemoteIpAddress),
        action => events.Start(context, action));

    /// <summary>Gives an IPv4 address itself, and of an IPv6 address the first 64 bits: whoever has one there has all of them (RFC 6177).</summary>
    public static string NetworkOf(IPAddress? address)
    {
        if (address is null)
        {
            return "none";
        }

        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address.ToString();
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
