using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.Audit.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Starts audit events with what is the same for all: id, time, source, trace, caller, actor and address.</summary>
/// <param name="source">The workload that this process is.</param>
/// <param name="clock">The clock.</param>
public sealed class AuditEvents(string source, TimeProvider clock)
{
    private const int UsualSizeInBytes = 1_024;

    [ThreadStatic]
    private static byte[]? encoded;

    private readonly EventIds ids = new();

    /// <summary>Gets the workload that this process is.</summary>
    internal string Source => source;

    /// <summary>Gets the trace id of what runs now. An activity of another format than W3C's has an all-zero one, which the log refuses.</summary>
    internal static string TraceId => Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.TraceId.ToHexString() : "";

    /// <summary>Starts an event that happens in a call: a success of severity INFO until told otherwise (see <see cref="AuditEventExtensions"/>).</summary>
    /// <param name="context">The call: its peer is the event's caller, and the actor that <see cref="ActorGate"/> found, if any, the event's actor.</param>
    /// <param name="action">What happened, <c>&lt;service&gt;.&lt;thing&gt;.&lt;past participle&gt;</c>.</param>
    public AuditEvent Start(ServerCallContext context, string action)
    {
        var call = Call.Of(context);
        var auditEvent = Start(action);
        auditEvent.Caller = call.Peer.Name;
        auditEvent.ClientAddress = AddressOf(context);
        if (call.Actor is { } actor)
        {
            auditEvent.By(actor);
        }

        return auditEvent;
    }

    /// <summary>Starts an event that happens in no call: a schedule, a start.</summary>
    public AuditEvent Start(string action)
    {
        var now = clock.GetUtcNow();
        return new AuditEvent
        {
            EventId = ids.Next(now).ToString(),
            OccurredAt = now.ToTimestamp(),
            Source = source,
            Action = action,
            Outcome = Outcome.Success,
            Severity = Severity.Info,
            TraceId = TraceId,
        };
    }

    /// <summary>Writes the bytes of a decision's event, which are the caller's until this thread encodes the next.</summary>
    internal ReadOnlySpan<byte> Encode(in Decision decision)
    {
        var call = Call.Of(decision.Context);
        var clientAddress = AddressOf(decision.Context);
        var maxSize = DecisionEncoder.MaxSizeInBytes(source, decision, call, clientAddress);
        var bytes = maxSize <= UsualSizeInBytes ? encoded ??= new byte[UsualSizeInBytes] : new byte[maxSize];
        var now = clock.GetUtcNow();
        return bytes.AsSpan(0, new DecisionEncoder(bytes).Write(ids.Next(now), now, source, decision, call, clientAddress));
    }

    private static string AddressOf(ServerCallContext context) => context.GetHttpContext().Connection.RemoteIpAddress?.ToString() ?? "";
}
