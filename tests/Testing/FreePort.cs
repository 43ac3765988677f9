using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace McpSecure.Testing;

/// <summary>
/// Finds TCP ports that nobody listens on, each once in a process. They lie below those that systems give outgoing connections (from 32 768 on Linux,
/// 49 152 elsewhere), so that no client takes one before the server that it was found for.
/// </summary>
public static class FreePort
{
    private const int First = 12_000;
    private const int Count = 20_000;

    // Anywhere, so that test processes side by side do not look at the same ones.
    private static int last = RandomNumberGenerator.GetInt32(Count);

    /// <summary>Returns a port of the loopback addresses that was free a moment ago; whoever takes it must be ready to try another.</summary>
    public static int Next()
    {
        int port;
        do
        {
            port = First + (int)((uint)Interlocked.Increment(ref last) % Count);
        }
        while (!IsFree(port));

        return port;
    }

    /// <summary>Tells whether nobody listens on a port of the loopback addresses.</summary>
    public static bool IsFree(int port) =>
        IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port));

    private static bool IsFree(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return true;
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
        catch (SocketException missing) when (missing.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            return true; // a system without this address
        }
    }
}
