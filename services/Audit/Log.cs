namespace McpSecure.Audit;

internal static partial class Log
{
    [LoggerMessage(4000, LogLevel.Critical, "The log was changed behind this service's back: entry {Sequence} does not follow from the one before.")]
    public static partial void LogChanged(ILogger logger, long sequence);
}
