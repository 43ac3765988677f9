using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace McpSecure.AppHost;

/// <summary>Finds, before anything is started, what would only show as a stack trace or an endless wait later.</summary>
internal static class Preflight
{
    /// <exception cref="CannotStartException">Some ports are taken; the message has a line for each.</exception>
    public static void CheckPorts(Settings settings, IConfiguration configuration)
    {
        var services = settings.Ports
            .Where(port => port.Value is not null)
            .Select(port => (Port: port.Value!.Value, User: port.Key, Setting: $"McpSecure__Ports__{port.Key}"));
        var dashboard = ((string[])["ASPNETCORE_URLS", "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"])
            .SelectMany(setting => (configuration[setting] ?? "").Split(';').Select(url => (Url: url, Setting: setting)))
            .Where(address => Uri.TryCreate(address.Url, UriKind.Absolute, out _))
            .Select(address => (new Uri(address.Url).Port, User: "the dashboard", address.Setting));

        var taken = services.Concat(dashboard).Where(use => use.Port > 0 && IsTaken(use.Port))
            .Select(use => $"Port {use.Port}, which {use.User} listens on, is taken: end the program that holds it, or choose another with {use.Setting}.")
            .ToList();
        if (taken is not [])
            throw new CannotStartException(string.Join(Environment.NewLine, taken));
    }

    public static CannotStartException Missing(string server) =>
        new($"{server} is not installed and no container engine answers: install it (Debian, Ubuntu: apt-get install postgresql redis-server), or start Docker or Podman.");

    private static bool IsTaken(int port)
    {
        foreach (var address in (IPAddress[])[IPAddress.Loopback, IPAddress.IPv6Loopback])
        {
            try
            {
                using var listener = new TcpListener(address, port);
                listener.Start();
            }
            catch (SocketException problem) when (problem.SocketErrorCode is SocketError.AddressAlreadyInUse)
            {
                return true;
            }
            catch (SocketException)
            {
                // A machine without IPv6.
            }
        }

        return false;
    }
}
