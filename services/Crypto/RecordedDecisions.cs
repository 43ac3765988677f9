using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Makes decisions about keyrings and records each before it is answered, however it ends.</summary>
internal sealed class RecordedDecisions(AuditEvents events, DecisionTrail trail)
{
    /// <summary>Runs a decision and records it as done on success and as refused where it ends in a <see cref="Refusal"/>.</summary>
    /// <param name="context">The call.</param>
    /// <param name="action">What is done, for example <c>crypto.data.encrypted</c>.</param>
    /// <param name="resource">What it is done with, for example <c>keyrings/service-tokens</c>.</param>
    /// <param name="decide">Answers the response, and the key version that was used, if one was.</param>
    public async Task<T> RunAsync<T>(ServerCallContext context, string action, string resource, Func<ValueTask<(T Response, int? Version)>> decide)
    {
        try
        {
            var (response, version) = await decide();
            var done = events.Start(context, action).On(resource);
            trail.Record(version is { } number ? done.With("version", $"{number}") : done);
            return response;
        }
        catch (Refusal refusal)
        {
            RecordRefusal(context, action, resource, refusal);
            throw;
        }
    }

    /// <summary>Runs a change that records its own success with itself; records where it is refused.</summary>
    public async Task<T> RunChangeAsync<T>(ServerCallContext context, string action, string resource, Func<Task<T>> change)
    {
        try
        {
            return await change();
        }
        catch (Refusal refusal)
        {
            RecordRefusal(context, action, resource, refusal);
            throw;
        }
    }

    private void RecordRefusal(ServerCallContext context, string action, string resource, Refusal refusal)
    {
        var auditEvent = events.Start(context, action).On(resource);
        var reason = Refusal.NameOf(refusal.Reason);
        trail.Record(refusal.Reason == ErrorReason.DependencyUnavailable ? auditEvent.Failed(reason) : auditEvent.Denied(reason));
    }
}
