using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Audit;

/// <summary>
/// Lets those read the log who may, and records each reading in the log itself, straight and before anything is answered: where that
/// cannot be done, nothing is read.
/// </summary>
internal sealed class RecordedReading(ActorGate gate, AuditEvents events, EventRecorder recorder)
{
    /// <summary>The name of this service's own events' source: its workload's.</summary>
    public const string Source = "audit";

    private const string Resource = "audit-events";

    /// <summary>Returns when the caller may read; records it when he may not.</summary>
    /// <param name="context">The call.</param>
    /// <param name="action">What the caller does, for example <c>audit.events.queried</c>.</param>
    public async Task RequireAsync(ServerCallContext context, string action)
    {
        try
        {
            await gate.RequireAsync(context, Resource, "read", StepUp.Required);
        }
        catch (Refusal refusal)
        {
            var auditEvent = events.Start(context, action).On(Resource);
            await RecordAsync(
                refusal.Reason == ErrorReason.DependencyUnavailable ? auditEvent.Failed(refusal.Reason) : auditEvent.Denied(refusal.Reason),
                context.CancellationToken);
            throw;
        }
    }

    /// <summary>Returns when a caller who reads on and on may still do so: his token may have been revoked since.</summary>
    public Task StillRequireAsync(ServerCallContext context) => gate.RequireAsync(context, Resource, "read", StepUp.NotRequired);

    /// <summary>Records a reading.</summary>
    public Task RecordAsync(ServerCallContext context, string action, params ReadOnlySpan<(string Name, string Value)> facts)
    {
        var auditEvent = events.Start(context, action).On(Resource);
        foreach (var (name, value) in facts)
        {
            auditEvent.With(name, value);
        }

        return RecordAsync(auditEvent, context.CancellationToken);
    }

    /// <summary>Records a reading through a filter.</summary>
    public Task RecordAsync(ServerCallContext context, string action, EventFilter filter, params ReadOnlySpan<(string Name, string Value)> facts)
    {
        (string Name, string Value)[] set =
        [
            ("filter.trace_id", filter.TraceId),
            ("filter.actor_id", filter.ActorId),
            ("filter.action", filter.Action),
            ("filter.resource", filter.Resource),
            ("filter.source", filter.Source),
            ("filter.outcome", filter.Outcome == Outcome.Unspecified ? "" : filter.Outcome.ToString()),
            ("filter.since", Text(filter.Since)),
            ("filter.until", Text(filter.Until)),
        ];
        return RecordAsync(context, action, [.. set.Where(fact => fact.Value.Length > 0), .. facts]);
    }

    /// <summary>Records that the log was found changed.</summary>
    public Task RecordTamperingAsync(ServerCallContext context, string action, long sequence) => RecordAsync(
        events.Start(context, action).On(Resource).Failed("LOG_CHANGED").At(Severity.Critical).With("first_invalid_sequence", $"{sequence}"),
        context.CancellationToken);

    private static string Text(Timestamp? time) => time is null ? "" : $"{time.ToDateTime():O}";

    private async Task RecordAsync(AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        if (await recorder.RecordAsync(Source, [auditEvent], cancellationToken) is not AppendResult.Appended)
        {
            throw new InvalidOperationException($"The log refused this service's own event {auditEvent.EventId}.");
        }
    }
}
