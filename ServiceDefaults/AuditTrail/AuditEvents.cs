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
    private readonly EventIds ids = new();

    /// <summary>Gets the workload that this process is.</summary>
    internal string Source => source;

    /// <summary>Starts an event that happens in a call: a success of severity INFO until told otherwise (see <see cref="AuditEventExtensions"/>).</summary>
    /// <param name="context">The call: its peer is the event's caller, and the actor that <see cref="ActorGate"/> found, if any, the event's actor.</param>
    /// <param name="action">What happened, <c>&lt;service&gt;.&lt;thing&gt;.&lt;past participle&gt;</c>.</param>
    public AuditEvent Start(ServerCallContext context, string action)
    {
        var auditEvent = Start(action);
        auditEvent.Caller = context.Peer().Name;
        auditEvent.ClientAddress = context.GetHttpContext().Connection.RemoteIpAddress?.ToString() ?? "";
        if (Call.Of(context).Actor is { } actor)
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
            // An activity of another format has an all-zero trace id, which the log refuses.
            TraceId = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.TraceId.ToHexString() : "",
        };
    }
}
