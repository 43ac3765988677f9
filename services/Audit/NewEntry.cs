using McpSecure.Audit.V1;

namespace McpSecure.Audit;

/// <summary>Holds an event on its way into the log.</summary>
/// <param name="Index">What it is found by.</param>
/// <param name="Body">The bytes that are kept.</param>
/// <param name="Leaf">Their leaf hash, 32 bytes.</param>
internal sealed record NewEntry(EntryIndex Index, byte[] Body, byte[] Leaf)
{
    /// <summary>Prepares an event.</summary>
    public static NewEntry Of(AuditEvent auditEvent)
    {
        var body = EventBody.Write(auditEvent);
        return new NewEntry(EntryIndex.Of(auditEvent), body, LogHash.Leaf(body));
    }
}
