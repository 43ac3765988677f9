using Grpc.Core;
using McpSecure.Audit.V1;
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
    public Task<T> RunAsync<T>(ServerCallContext context, string action, string resource, Func<ValueTask<(T Response, int? Version)>> decide) =>
        RunAsync(context, action, resource, decide, static (done, version) => version is { } number ? done.With("version", $"{number}") : done);

    /// <summary>Runs a decision on many items and records it once, with how many there were and how many of them were refused.</summary>
    public Task<T> RunBatchAsync<T>(ServerCallContext context, string action, string resource, Func<ValueTask<(T Response, BatchCounts Counts)>> decide) =>
        RunAsync(context, action, resource, decide, Described);

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

    private async Task<T> RunAsync<T, TFacts>(
        ServerCallContext context, string action, string resource, Func<ValueTask<(T Response, TFacts Facts)>> decide, Func<AuditEvent, TFacts, AuditEvent> describe)
    {
        try
        {
            var (response, facts) = await decide();
            trail.Record(describe(events.Start(context, action).On(resource), facts));
            return response;
        }
        catch (Refusal refusal)
        {
            RecordRefusal(context, action, resource, refusal);
            throw;
        }
    }

    // Of items only ciphertexts can be refused one by one. A batch of which nothing went well was refused as a whole.
    private static AuditEvent Described(AuditEvent done, BatchCounts counts)
    {
        done = done.With("items", $"{counts.Items}").With("refused", $"{counts.Refused}");
        return counts.Refused == 0 ? done
            : counts.Refused == counts.Items ? done.Denied(ErrorReason.CiphertextInvalid)
            : done.At(Severity.Warning);
    }

    private void RecordRefusal(ServerCallContext context, string action, string resource, Refusal refusal)
    {
        var auditEvent = events.Start(context, action).On(resource);
        var reason = Refusal.NameOf(refusal.Reason);
        trail.Record(refusal.Reason == ErrorReason.DependencyUnavailable ? auditEvent.Failed(reason) : auditEvent.Denied(reason));
    }
}
