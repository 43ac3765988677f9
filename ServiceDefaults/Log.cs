using System.Net;
using Microsoft.Extensions.Logging;

namespace McpSecure.ServiceDefaults;

internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Warning, "Client at {RemoteAddress} refused: {Why}")]
    public static partial void ClientRefused(ILogger logger, EndPoint? remoteAddress, string why);

    [LoggerMessage(1002, LogLevel.Warning, "{Peer} may not call {Path}")]
    public static partial void CallerRefused(ILogger logger, string peer, string? path);

    [LoggerMessage(1003, LogLevel.Information, "The certificate that {Peer} connected with no longer holds; the connection is closed")]
    public static partial void PeerNoLongerHolds(ILogger logger, string peer);

    [LoggerMessage(1004, LogLevel.Error, "{Rpc} failed unexpectedly")]
    public static partial void UnexpectedError(ILogger logger, string rpc, Exception exception);

    [LoggerMessage(1005, LogLevel.Warning, "{Rpc} failed because something it needs does not answer")]
    public static partial void DependencyAway(ILogger logger, string rpc, Exception exception);
}
