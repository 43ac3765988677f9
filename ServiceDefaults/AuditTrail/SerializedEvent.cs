using Google.Protobuf;
using McpSecure.Audit.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Holds an event as the bytes it is stored and sent as, so that nothing can change it on its way.</summary>
internal readonly record struct SerializedEvent(Guid Id, byte[] Body)
{
    public static SerializedEvent Of(AuditEvent auditEvent) => new(Guid.Parse(auditEvent.EventId), auditEvent.ToByteArray());
}
