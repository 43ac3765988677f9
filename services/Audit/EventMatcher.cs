using McpSecure.Audit.V1;

namespace McpSecure.Audit;

/// <summary>Decides whether an event passes a filter, from the event itself. <see cref="LogReader"/> says the same in SQL.</summary>
internal static class EventMatcher
{
    /// <summary>Tells whether every filter that is set lets the event through.</summary>
    public static bool Matches(this EventFilter filter, AuditEvent auditEvent) =>
        Is(filter.TraceId, auditEvent.TraceId)
        && Is(filter.ActorId, auditEvent.Actor?.Id ?? "")
        && Is(filter.Resource, auditEvent.Resource)
        && Is(filter.Source, auditEvent.Source)
        && IsAction(filter.Action, auditEvent.Action)
        && (filter.Outcome == Outcome.Unspecified || filter.Outcome == auditEvent.Outcome)
        && (filter.Since is null || StoredTime.Of(auditEvent.OccurredAt) >= StoredTime.Of(filter.Since))
        && (filter.Until is null || StoredTime.Of(auditEvent.OccurredAt) < StoredTime.Of(filter.Until));

    /// <summary>Tells whether an action filter names everything under it rather than one action.</summary>
    public static bool IsPrefix(string action) => action.EndsWith('.');

    private static bool Is(string wanted, string actual) => wanted.Length == 0 || string.Equals(wanted, actual, StringComparison.Ordinal);

    private static bool IsAction(string wanted, string actual) =>
        IsPrefix(wanted) ? actual.StartsWith(wanted, StringComparison.Ordinal) : Is(wanted, actual);
}
