using Grpc.Core;
using McpSecure.Benchmarks.V1;

namespace McpSecure.Benchmarks;

/// <summary>Answers at once, on either host.</summary>
internal sealed class EmptyGrpcService : EmptyService.EmptyServiceBase
{
    private static readonly Task<CallResponse> Answer = Task.FromResult(new CallResponse());

    public override Task<CallResponse> Call(CallRequest request, ServerCallContext context) => Answer;
}
