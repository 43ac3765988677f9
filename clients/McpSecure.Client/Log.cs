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

    [LoggerMessage(4, LogLevel.Warning, "The revocation lists in {Path} were due to be replaced {Since} and were not; what they revoke stays revoked")]
    public static partial void RevocationListStale(ILogger logger, string path, DateTimeOffset since);

    [LoggerMessage(5, LogLevel.Critical, "The certificate of {SpiffeId} was revoked: peers refuse it, and it is not renewed")]
    public static partial void OwnCertificateRevoked(ILogger logger, string spiffeId);

    [LoggerMessage(6, LogLevel.Information, "Certificate of {SpiffeId} renewed until {NotAfter}")]
    public static partial void CertificateRenewed(ILogger logger, string spiffeId, DateTimeOffset notAfter);

    [LoggerMessage(7, LogLevel.Warning, "The certificate of {SpiffeId} is not renewed here: {Why}. It ends {NotAfter}")]
    public static partial void NotRenewing(ILogger logger, string spiffeId, string why, DateTimeOffset notAfter);

    [LoggerMessage(8, LogLevel.Warning, "Certificate and trust of {SpiffeId} could not be refreshed; it is tried again. The certificate ends {NotAfter}")]
    public static partial void RenewalFailed(ILogger logger, string spiffeId, DateTimeOffset notAfter, Exception exception);

    [LoggerMessage(9, LogLevel.Critical, "The certificate of {SpiffeId} ends {NotAfter} and could not be renewed; from then on every peer refuses this process")]
    public static partial void RenewalFailedNearTheEnd(ILogger logger, string spiffeId, DateTimeOffset notAfter, Exception exception);

    [LoggerMessage(10, LogLevel.Warning, "Nobody answers who renews the certificate of {SpiffeId}, which ends {NotAfter}; it is tried again: {Why}")]
    public static partial void CryptoIsAway(ILogger logger, string spiffeId, DateTimeOffset notAfter, string why);
}
