using Google.Protobuf;
using McpSecure.Audit.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Holds audit events as the bytes that they are stored and sent as, so that nothing can change them on their way: a serialized
/// <c>RecordEventsRequest</c>. Such requests are joined by writing one behind the other.
/// </summary>
/// <param name="Request">The serialized request.</param>
/// <param name="Count">How many events are in it.</param>
public sealed record EventBatch(ReadOnlyMemory<byte> Request, int Count)
{
    // RecordEventsRequest.events is field 1, length-delimited (https://protobuf.dev/programming-guides/encoding).
    private const uint EventsTag = (RecordEventsRequest.EventsFieldNumber << 3) | 2;
    private const int LongestVarint = 5;

    /// <summary>Gets how many bytes an event needs at most in a batch besides its own.</summary>
    internal const int OverheadInBytes = 1 + LongestVarint;

    /// <summary>Reads the events.</summary>
    /// <exception cref="InvalidProtocolBufferException">The bytes are no events.</exception>
    public IReadOnlyList<AuditEvent> Read() => RecordEventsRequest.Parser.ParseFrom(Request.Span).Events;

    /// <summary>Makes a batch of one serialized event.</summary>
    internal static EventBatch Of(ReadOnlySpan<byte> serialized)
    {
        var bytes = new byte[OverheadInBytes + serialized.Length];
        return new EventBatch(bytes.AsMemory(0, Write(serialized, bytes)), 1);
    }

    /// <summary>Joins batches.</summary>
    internal static EventBatch Join(IReadOnlyList<EventBatch> batches)
    {
        if (batches.Count == 1)
        {
            return batches[0];
        }

        var joined = new byte[batches.Sum(batch => batch.Request.Length)];
        var written = 0;
        foreach (var batch in batches)
        {
            batch.Request.CopyTo(joined.AsMemory(written));
            written += batch.Request.Length;
        }

        return new EventBatch(joined, batches.Sum(batch => batch.Count));
    }

    /// <summary>
    /// Writes a serialized event behind others. <paramref name="destination"/> holds it and <see cref="OverheadInBytes"/> at least. Returns how
    /// many bytes were written.
    /// </summary>
    internal static int Write(ReadOnlySpan<byte> serialized, Span<byte> destination)
    {
        destination[0] = (byte)EventsTag;
        var head = 1;
        for (var left = (uint)serialized.Length; ; left >>= 7)
        {
            destination[head++] = left < 0x80 ? (byte)left : (byte)(left | 0x80);
            if (left < 0x80)
            {
                break;
            }
        }

        serialized.CopyTo(destination[head..]);
        return head + serialized.Length;
    }

    /// <summary>
    /// Tells whether the bytes are as many whole fields as there are events. Whether what is in the fields are events, the log finds out.
    /// </summary>
    internal bool IsWhole() => Walk(events: null) == Count;

    /// <summary>Takes a whole batch apart into the serialized events.</summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> Split()
    {
        var events = new List<ReadOnlyMemory<byte>>(Count);
        Walk(events);
        return events;
    }

    // Returns how many fields there are; null where the bytes are none.
    private int? Walk(List<ReadOnlyMemory<byte>>? events)
    {
        var found = 0;
        for (var rest = Request; !rest.IsEmpty; found++)
        {
            if (FirstIn(rest.Span) is not { } first)
            {
                return null;
            }

            events?.Add(rest[first]);
            rest = rest[first.End..];
        }

        return found;
    }

    private static Range? FirstIn(ReadOnlySpan<byte> bytes)
    {
        if (bytes[0] != EventsTag)
        {
            return null;
        }

        var size = 0L;
        for (var i = 1; i <= LongestVarint && i < bytes.Length; i++)
        {
            size |= (long)(bytes[i] & 0x7F) << (7 * (i - 1));
            if (bytes[i] < 0x80)
            {
                return size <= bytes.Length - i - 1 ? (i + 1)..(i + 1 + (int)size) : null;
            }
        }

        return null;
    }
}
