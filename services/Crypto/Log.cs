namespace McpSecure.Crypto;

internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Information, "The key hierarchy is open.")]
    public static partial void HierarchyOpen(ILogger logger);

    [LoggerMessage(3001, LogLevel.Critical, "The keys stay closed: {Reason}")]
    public static partial void RootKeyRefused(ILogger logger, string reason);

    [LoggerMessage(3002, LogLevel.Warning, "The keys wait for the database.")]
    public static partial void HierarchyWaits(ILogger logger, Exception exception);
}
