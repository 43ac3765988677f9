using Grpc.Core;
using Grpc.Core.Interceptors;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Holds an answer back while decisions wait too long to be written, so that nobody is told a decision that a crash could take out of the
/// log more than 50 ms later. Costs two comparisons while writing keeps up.
/// </summary>
internal sealed class DecisionHold(DecisionTrail decisions) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        var answer = continuation(request, context);
        return answer.IsCompletedSuccessfully && !decisions.IsLate ? answer : HoldAsync(answer, context.CancellationToken);
    }

    private async Task<TResponse> HoldAsync<TResponse>(Task<TResponse> answer, CancellationToken cancellationToken)
    {
        // A refusal is a decision too.
        await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (decisions.IsLate)
        {
            await decisions.CatchUpAsync(cancellationToken);
        }

        return await answer;
    }
}
