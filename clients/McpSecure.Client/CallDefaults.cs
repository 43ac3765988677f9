using Grpc.Core;

namespace McpSecure.Client;

/// <summary>Gives calls what they come without: a deadline, and the user's token.</summary>
internal sealed class CallDefaults(CallInvoker inner, McpSecureClientOptions options, TimeProvider clock) : CallInvoker
{
    private readonly CallCredentials? token = options.AccessToken is { } give
        ? CallCredentials.FromInterceptor(async (context, metadata) =>
        {
            if (await give(context.CancellationToken) is { } value)
            {
                metadata.Add("authorization", $"Bearer {value}");
            }
        })
        : null;

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        inner.BlockingUnaryCall(method, host, Complete(options, method.Type), request);

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        inner.AsyncUnaryCall(method, host, Complete(options, method.Type), request);

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        inner.AsyncServerStreamingCall(method, host, Complete(options, method.Type), request);

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        inner.AsyncClientStreamingCall(method, host, Complete(options, method.Type));

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        inner.AsyncDuplexStreamingCall(method, host, Complete(options, method.Type));

    private CallOptions Complete(CallOptions call, MethodType type)
    {
        if (call.Deadline is null)
        {
            var longest = type is MethodType.ServerStreaming or MethodType.DuplexStreaming ? options.StreamDeadline : options.Deadline;
            call = call.WithDeadline(clock.GetUtcNow().UtcDateTime + longest);
        }

        return token is not null && call.Credentials is null && call.Headers?.Get("authorization") is null ? call.WithCredentials(token) : call;
    }
}
