using Google.Protobuf.Reflection;
using Grpc.Core;

namespace McpSecure.SystemTests;

/// <summary>Sends bytes of any kind to any rpc, over the right mTLS.</summary>
internal sealed class RawClient(CallInvoker invoker) : ClientBase(invoker)
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(bytes => bytes, bytes => bytes);

    /// <summary>Calls what no contract knows.</summary>
    public async Task CallAsync(string service, string method) => await CallInvoker.AsyncUnaryCall(
        new Method<byte[], byte[]>(MethodType.Unary, service, method, Bytes, Bytes), host: null, new CallOptions(), []);

    public async Task<byte[]> CallAsync(MethodDescriptor rpc, byte[] request)
    {
        var method = new Method<byte[], byte[]>(
            rpc.IsServerStreaming ? MethodType.ServerStreaming : MethodType.Unary, rpc.Service.FullName, rpc.Name, Bytes, Bytes);

        if (!rpc.IsServerStreaming)
        {
            return await CallInvoker.AsyncUnaryCall(method, host: null, new CallOptions(), request);
        }

        using var stream = CallInvoker.AsyncServerStreamingCall(method, host: null, new CallOptions(), request);

        return await stream.ResponseStream.MoveNext(CancellationToken.None) ? stream.ResponseStream.Current : [];
    }
}
