using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Makes decisions about keyrings and records each before it is answered, however it ends.</summary>
internal sealed class RecordedDecisions(DecisionTrail trail)
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
            RecordDone(new Decision(context, action, resource), version);
            return response;
        }
        catch (Refusal refusal)
        {
            RecordRefusal(context, action, resource, refusal);
            throw;
        }
    }

    /// <summary>Runs a decision on many items and records it once, with how many there were and how many of them were refused.</summary>
    public Task<T> RunBatchAsync<T>(ServerCallContext context, string action, string resource, Func<ValueTask<(T Response, BatchCounts Counts)>> decide) =>
        RunChangeAsync(context, action, resource, async () =>
        {
            var (response, counts) = await decide();
            RecordDone(context, action, resource, counts);
            return response;
        });

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

    private void RecordDone(in Decision done, int? version)
    {
        if (version is { } number)
        {
            trail.Record(done with { Facts = [new("version", $"{number}")] });
        }
        else
        {
            trail.Record(done);
        }
    }

    // Of items only ciphertexts can be refused one by one. A batch of which nothing went well was refused as a whole.
    private void RecordDone(ServerCallContext context, string action, string resource, BatchCounts counts)
    {
        var refused = counts.Refused == counts.Items && counts.Refused > 0;
        trail.Record(new Decision(context, action, resource)
        {
            Facts = [new("items", $"{counts.Items}"), new("refused", $"{counts.Refused}")],
            Outcome = refused ? Outcome.Denied : Outcome.Success,
            Severity = counts.Refused > 0 ? Severity.Warning : Severity.Info,
            Reason = refused ? Refusal.NameOf(ErrorReason.CiphertextInvalid) : "",
        });
    }

    private void RecordRefusal(ServerCallContext context, string action, string resource, Refusal refusal) =>
        trail.Record(new Decision(context, action, resource)
        {
            Outcome = refusal.Reason == ErrorReason.DependencyUnavailable ? Outcome.Failure : Outcome.Denied,
            Severity = Severity.Warning,
            Reason = Refusal.NameOf(refusal.Reason),
        });
}
