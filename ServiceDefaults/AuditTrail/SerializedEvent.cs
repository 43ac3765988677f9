using Google.Protobuf;
using McpSecure.Audit.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Holds an event as the bytes it is stored and sent as, so that nothing can change it on its way.</summary>
/// <param name="Id">The event's id.</param>
/// <param name="Body">The serialized event.</param>
/// <param name="RecordedAt">When it was taken, as a timestamp of the clock.</param>
internal readonly record struct SerializedEvent(Guid Id, byte[] Body, long RecordedAt)
{
    public static SerializedEvent Of(AuditEvent auditEvent, long recordedAt) => new(Guid.Parse(auditEvent.EventId), auditEvent.ToByteArray(), recordedAt);
}
