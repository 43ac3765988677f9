using Microsoft.Extensions.Logging;

namespace McpSecure.ServiceDefaults;

internal static partial class Log
{
    [LoggerMessage(2100, LogLevel.Warning, "Audit events wait in the outbox: {Reason}.")]
    public static partial void AuditAway(ILogger logger, string reason);

    [LoggerMessage(2101, LogLevel.Error, "The audit log refused event {EventId} for good; it stays in the outbox: {Reason}")]
    public static partial void EventRefused(ILogger logger, Guid? eventId, string reason);

    [LoggerMessage(2102, LogLevel.Error, "Decisions are refused until {Count} events are written.")]
    public static partial void DecisionsWait(ILogger logger, int count, Exception exception);

    [LoggerMessage(2103, LogLevel.Critical, "The service stopped without Postgres: {Count} decision events are lost.")]
    public static partial void DecisionsLost(ILogger logger, int count);

    [LoggerMessage(2104, LogLevel.Error, "Delivering audit events failed unexpectedly; they stay in the outbox.")]
    public static partial void DeliveryFailed(ILogger logger, Exception exception);

    [LoggerMessage(2105, LogLevel.Error, "The audit log fails on event {EventId} alone, now {Failures} times; others pass it and it is tried again: {Reason}")]
    public static partial void EventFails(ILogger logger, Guid? eventId, int failures, string reason);
}
