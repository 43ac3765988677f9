using McpSecure.Audit.V1;

namespace McpSecure.Audit;

/// <summary>Holds what entries are found by: copies of an event's fields in columns of their own. An absent field is null.</summary>
internal sealed record EntryIndex(
    Guid EventId,
    DateTime OccurredAt,
    string Source,
    string Action,
    short Outcome,
    short Severity,
    string? ActorId,
    string? Resource,
    Guid? OrganizationId,
    Guid? TraceId)
{
    /// <summary>Reads the fields of an event.</summary>
    public static EntryIndex Of(AuditEvent auditEvent) => new(
        Guid.Parse(auditEvent.EventId),
        StoredTime.Of(auditEvent.OccurredAt),
        auditEvent.Source,
        auditEvent.Action,
        (short)auditEvent.Outcome,
        (short)auditEvent.Severity,
        auditEvent.Actor?.Id,
        NullIfEmpty(auditEvent.Resource),
        IdOf(auditEvent.OrganizationId),
        IdOf(auditEvent.TraceId));

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    // A trace id is 32 hexadecimal digits, which is one of the spellings of a UUID: half the bytes of its text.
    private static Guid? IdOf(string text) => text.Length == 0 ? null : Guid.Parse(text);
}
