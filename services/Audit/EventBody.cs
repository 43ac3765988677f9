using Google.Protobuf;
using McpSecure.Audit.V1;

namespace McpSecure.Audit;

/// <summary>Turns events into the bytes that the log keeps and hashes, and back.</summary>
internal static class EventBody
{
    /// <summary>
    /// Serializes an event, its attributes in the order of their keys: protobuf leaves that order open, and equal events must give equal
    /// bytes, or an event that is delivered twice would look like two.
    /// </summary>
    public static byte[] Write(AuditEvent auditEvent)
    {
        SortAttributes(auditEvent);
        return auditEvent.ToByteArray();
    }

    /// <summary>Reads an event.</summary>
    /// <exception cref="InvalidDataException">The bytes are no event; the log never wrote them.</exception>
    public static AuditEvent Read(byte[] body)
    {
        try
        {
            return AuditEvent.Parser.ParseFrom(body);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException("The stored bytes are no event.", e);
        }
    }

    private static void SortAttributes(AuditEvent auditEvent)
    {
        var attributes = auditEvent.Attributes;
        if (attributes.Count < 2)
        {
            return;
        }

        var sorted = attributes.OrderBy(attribute => attribute.Key, StringComparer.Ordinal).ToList();
        attributes.Clear();
        foreach (var (key, value) in sorted)
        {
            attributes.Add(key, value);
        }
    }
}
