using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Login to the dashboard at {Url}")]
    public static partial void DashboardStarted(this ILogger logger, string url);

    [LoggerMessage(2, LogLevel.Error, "{Resource} did not start: {Problem}")]
    public static partial void DidNotStart(this ILogger logger, string resource, string problem);

    [LoggerMessage(3, LogLevel.Error, "{Resource} runs, but what must follow failed.")]
    public static partial void DidNotBecomeReady(this ILogger logger, Exception problem, string resource);

    [LoggerMessage(4, LogLevel.Error, "{Resource} ended with exit code {ExitCode}; it printed last:{Tail}")]
    public static partial void Ended(this ILogger logger, string resource, int? exitCode, string tail);
}
