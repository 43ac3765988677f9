using Microsoft.Extensions.Logging;

namespace McpSecure.Client;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Certificate of {SpiffeId} re-read; new connections use it until {NotAfter}")]
    public static partial void CertificateReloaded(ILogger logger, string spiffeId, DateTimeOffset notAfter);

    [LoggerMessage(2, LogLevel.Error, "New certificate files are not used: {Why} The old certificate stays; it ends {NotAfter}")]
    public static partial void CertificateKept(ILogger logger, string why, DateTimeOffset notAfter, Exception? exception);

    [LoggerMessage(3, LogLevel.Warning, "Server at {Address} refused: its certificate does not prove {Expected}: {Why}")]
    public static partial void ServerRefused(ILogger logger, string address, string expected, string why);
}
