using Microsoft.Extensions.Logging;

namespace McpSecure.AppHost;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Renewed the certificates of {Workloads}")]
    public static partial void CertificatesRenewed(this ILogger logger, string workloads);

    [LoggerMessage(2, LogLevel.Error, "The certificates could not be renewed; trying again in an hour")]
    public static partial void CertificatesNotRenewed(this ILogger logger, Exception problem);
}
