using Microsoft.Extensions.Logging;

namespace McpSecure.ServiceDefaults;

internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Information, "Applied migration {Migration} of {Series}.")]
    public static partial void MigrationApplied(ILogger logger, string migration, string series);

    [LoggerMessage(2001, LogLevel.Critical, "The service stops: {Reason}")]
    public static partial void DatabaseRefused(ILogger logger, string reason, Exception? exception);

    [LoggerMessage(2002, LogLevel.Warning, "Waits for Postgres: {Reason}.")]
    public static partial void WaitsForDatabase(ILogger logger, string reason);

    [LoggerMessage(2003, LogLevel.Error, "A round of '{Work}' failed and is tried again.")]
    public static partial void RoundFailed(ILogger logger, string work, Exception exception);

    [LoggerMessage(2004, LogLevel.Information, "Signs in to its database as {Username} from now on.")]
    public static partial void AccountChanged(ILogger logger, string username);

    [LoggerMessage(2005, LogLevel.Warning, "The account of the database could not be refreshed; the one in use stays.")]
    public static partial void AccountNotRefreshed(ILogger logger, Exception exception);

    [LoggerMessage(2006, LogLevel.Error, "The account {Username} of the database is in use and could not be kept for the next start; it is tried again.")]
    public static partial void AccountNotKept(ILogger logger, string username, Exception exception);
}
