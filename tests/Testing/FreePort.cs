using System.Net;
using System.Net.Sockets;

namespace McpSecure.Testing;

/// <summary>Finds TCP ports that nobody listens on.</summary>
public static class FreePort
{
    /// <summary>Returns a port of the loopback address that was free a moment ago; whoever takes it must be ready to try another.</summary>
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
