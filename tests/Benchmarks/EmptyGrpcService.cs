using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.Benchmarks.V1;

namespace McpSecure.Benchmarks;

/// <summary>Answers at once, on either host, with as many bytes as were asked for.</summary>
internal sealed class EmptyGrpcService : EmptyService.EmptyServiceBase
{
    private static readonly ConcurrentDictionary<int, Task<CallResponse>> Answers = new();

    public override Task<CallResponse> Call(CallRequest request, ServerCallContext context) => Answers.GetOrAdd(
        request.AnswerSizeInBytes,
        static size => Task.FromResult(new CallResponse { Payload = UnsafeByteOperations.UnsafeWrap(new byte[size]) }));
}
