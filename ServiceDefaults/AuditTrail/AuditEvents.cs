using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.Audit.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Names the workload that this process is, as the audit log knows it.</summary>
public sealed record AuditSource(string Name);

/// <summary>Starts audit events with what is the same for all: id, time, source, trace, caller and address.</summary>
public sealed class AuditEvents(AuditSource source, TimeProvider clock)
{
    /// <summary>Starts an event that happens in a call: a success of severity INFO until told otherwise (see <see cref="AuditEventExtensions"/>).</summary>
    /// <param name="context">The call; its peer is the caller of the event.</param>
    /// <param name="action">What happened, <c>&lt;service&gt;.&lt;thing&gt;.&lt;past participle&gt;</c>.</param>
    public AuditEvent Start(ServerCallContext context, string action)
    {
        var auditEvent = Start(action);
        auditEvent.ClientAddress = context.GetHttpContext().Connection.RemoteIpAddress?.ToString() ?? "";
        return auditEvent;
    }

    /// <summary>Starts an event that happens in no call: a schedule, a start.</summary>
    public AuditEvent Start(string action)
    {
        var now = clock.GetUtcNow();
        return new AuditEvent
        {
            EventId = Guid.CreateVersion7(now).ToString(),
            OccurredAt = now.ToTimestamp(),
            Source = source.Name,
            Action = action,
            Outcome = Outcome.Success,
            Severity = Severity.Info,
            TraceId = Activity.Current?.TraceId.ToHexString() ?? "",
        };
    }
}
