namespace McpSecure.ApiKey;

internal static partial class Log
{
    [LoggerMessage(5000, LogLevel.Information, "The pepper is open: keys can be made and verified.")]
    public static partial void PepperOpen(ILogger logger);

    [LoggerMessage(5002, LogLevel.Warning, "The API key {ApiKeyId} was not hashed anew; its next use tries again.")]
    public static partial void NotRehashed(ILogger logger, ApiKeyId apiKeyId, Exception exception);

    [LoggerMessage(5001, LogLevel.Warning, "The pepper stays closed, and no key can be verified: {Reason}")]
    public static partial void PepperClosed(ILogger logger, string reason);

    [LoggerMessage(5010, LogLevel.Warning, "Redis does not count: each limit does as its setting for that says.")]
    public static partial void RedisDoesNotCount(ILogger logger, Exception exception);

    [LoggerMessage(5011, LogLevel.Information, "Redis counts again.")]
    public static partial void RedisCountsAgain(ILogger logger);

    [LoggerMessage(5020, LogLevel.Warning, "The use of keys cannot be written: {Count} hours of keys wait.")]
    public static partial void UsesWait(ILogger logger, int count, Exception exception);

    [LoggerMessage(5021, LogLevel.Error, "The use of keys could not be written before the end: {Count} hours of keys are lost.")]
    public static partial void UsesLost(ILogger logger, int count);
}
