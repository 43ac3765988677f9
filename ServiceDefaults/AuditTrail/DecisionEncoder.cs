using System.Diagnostics;
using System.Text;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Writes the bytes of an <see cref="AuditEvent"/> (https://protobuf.dev/programming-guides/encoding), field by field in their order, as
/// the message itself would.
/// </summary>
internal ref struct DecisionEncoder(Span<byte> destination)
{
    /// <summary>The most bytes of the fields whose size is not in the caller's hands: id, time, kinds, trace id, and tags and lengths of all.</summary>
    private const int FixedSizeInBytes = 256;

    /// <summary>The most bytes around the characters of a fact, in characters of the longest kind.</summary>
    public const int OverheadOfFact = 16;

    private const int LongestUtf8 = 3;
    private const int NanosecondsATick = 100;

    private readonly Span<byte> destination = destination;
    private int written;

    /// <summary>Returns a size that the encoded event does not exceed.</summary>
    public static int MaxSizeInBytes(string source, in Decision decision, Call call, string clientAddress)
    {
        var characters = source.Length + decision.Action.Length + decision.Resource.Length + decision.Reason.Length + decision.Organization.Length + call.Peer.Name.Length + clientAddress.Length
            + (call.Actor is { } actor ? actor.UserId.Length + actor.Username.Length : 0)
            + (decision.Subject?.MaxCharacters ?? 0);
        foreach (var (name, value) in decision.Facts)
        {
            characters += name.Length + value.Length + OverheadOfFact;
        }

        return FixedSizeInBytes + (LongestUtf8 * characters);
    }

    /// <summary>Writes an event and returns its size.</summary>
    public int Write(Guid id, DateTimeOffset now, string source, in Decision decision, Call call, string clientAddress)
    {
        Tag(AuditEvent.EventIdFieldNumber);
        Length(36);
        id.TryFormat(destination[written..], out var idLength);
        written += idLength;
        Time(AuditEvent.OccurredAtFieldNumber, now);
        Text(AuditEvent.SourceFieldNumber, source);
        Text(AuditEvent.ActionFieldNumber, decision.Action);
        Number(AuditEvent.OutcomeFieldNumber, (ulong)decision.Outcome);
        Number(AuditEvent.SeverityFieldNumber, (ulong)decision.Severity);
        if (decision.Subject is { } subject)
        {
            Who(subject.Type, subject.Id, subject.Name);
        }
        else if (call.Actor is { } actor)
        {
            Who(PrincipalType.User, actor.UserId, AuditEventExtensions.FitName(actor.Username));
        }

        Text(AuditEvent.CallerFieldNumber, call.Peer.Name);
        Text(AuditEvent.ResourceFieldNumber, AuditEventExtensions.FitResource(decision.Resource));
        Text(AuditEvent.OrganizationIdFieldNumber, decision.Organization.Length > 0 ? decision.Organization : decision.Subject?.OrganizationId ?? "");
        Text(AuditEvent.ReasonFieldNumber, AuditEventExtensions.FitReason(decision.Reason));
        Text(AuditEvent.TraceIdFieldNumber, AuditEvents.TraceId);
        Text(AuditEvent.ClientAddressFieldNumber, clientAddress);
        foreach (var (name, value) in decision.Subject?.Facts ?? [])
        {
            Fact(name, value);
        }

        foreach (var (name, value) in decision.Facts)
        {
            Fact(name, AuditEventExtensions.FitFact(value));
        }

        return written;
    }

    private void Fact(string name, string value)
    {
        var begun = Begin(AuditEvent.AttributesFieldNumber);
        Text(1, name);
        Text(2, value);
        End(begun);
    }

    private void Who(PrincipalType type, string id, string name)
    {
        var begun = Begin(AuditEvent.ActorFieldNumber);
        Number(Principal.TypeFieldNumber, (ulong)type);
        Text(Principal.IdFieldNumber, id);
        End(begun);
        Text(AuditEvent.ActorNameFieldNumber, name);
    }

    private void Time(int field, DateTimeOffset time)
    {
        var begun = Begin(field);
        Number(1, (ulong)time.ToUnixTimeSeconds());
        Number(2, (ulong)(time.Ticks % TimeSpan.TicksPerSecond * NanosecondsATick));
        End(begun);
    }

    private void Text(int field, string text)
    {
        if (text.Length == 0)
        {
            return;
        }

        Tag(field);

        // The length stands before what is not yet counted: ASCII, as nearly everything is, has a byte a character.
        if (text.Length < 0x80 && Ascii.FromUtf16(text, destination[(written + 1)..], out _) == System.Buffers.OperationStatus.Done)
        {
            destination[written] = (byte)text.Length;
            written += 1 + text.Length;
            return;
        }

        Length(Encoding.UTF8.GetByteCount(text));
        written += Encoding.UTF8.GetBytes(text, destination[written..]);
    }

    private void Number(int field, ulong value)
    {
        if (value == 0)
        {
            return;
        }

        Varint((ulong)field << 3);
        Varint(value);
    }

    // A message within is written behind room for a length of one byte, and moved where it needs two.
    private int Begin(int field)
    {
        Tag(field);
        return ++written;
    }

    private void End(int begun)
    {
        var size = written - begun;
        if (size < 0x80)
        {
            destination[begun - 1] = (byte)size;
            return;
        }

        Debug.Assert(size < 1 << 14, "Neither a principal nor a fact has 16 KiB.");
        destination[begun..written].CopyTo(destination[(begun + 1)..]);
        destination[begun - 1] = (byte)(size | 0x80);
        destination[begun] = (byte)(size >> 7);
        written++;
    }

    private void Tag(int field) => Varint(((ulong)field << 3) | 2);

    private void Length(int length) => Varint((ulong)length);

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            destination[written++] = (byte)(value | 0x80);
        }

        destination[written++] = (byte)value;
    }
}
