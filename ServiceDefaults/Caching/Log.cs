using Microsoft.Extensions.Logging;

namespace McpSecure.ServiceDefaults;

internal static partial class Log
{
    [LoggerMessage(2200, LogLevel.Warning, "Invalidations cannot be heard: caches are dropped and read through.")]
    public static partial void InvalidationLost(ILogger logger);

    [LoggerMessage(2201, LogLevel.Information, "Invalidations are heard: caches are in use.")]
    public static partial void InvalidationLive(ILogger logger);

    [LoggerMessage(2202, LogLevel.Warning, "Waits for Redis.")]
    public static partial void WaitsForRedis(ILogger logger, Exception exception);
}
