using Grpc.Core;
using Grpc.Core.Interceptors;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Refuses calls until the migrations are applied: before, a handler would meet missing tables. Health and reflection pass.</summary>
internal sealed class DatabaseGate(DatabaseReadiness database) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        Enter(context);
        return continuation(request, context);
    }

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Enter(context);
        return continuation(requestStream, context);
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Enter(context);
        return continuation(request, responseStream, context);
    }

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Enter(context);
        return continuation(requestStream, responseStream, context);
    }

    private void Enter(ServerCallContext context)
    {
        if (!database.IsMigrated && !context.Method.StartsWith("/grpc.", StringComparison.Ordinal))
        {
            throw Refusal.Because(ErrorReason.DependencyUnavailable, "This service waits for its database: try again.");
        }
    }
}
