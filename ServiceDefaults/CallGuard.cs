using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using McpSecure.Common.V1;
using Microsoft.Extensions.Logging;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Stands around every handler: checks requests by the rules of the contract first, lets none in before the database is migrated, holds
/// answers back while decisions wait too long to be written, and turns whatever goes wrong into a refusal that tells no more than it should.
/// </summary>
/// <param name="drain">Tells whether this process stops.</param>
/// <param name="logger">The log.</param>
/// <param name="database">The database, where the service has one.</param>
/// <param name="decisions">The trail of decisions, where the service has one.</param>
internal sealed class CallGuard(Drain drain, ILogger<CallGuard> logger, DatabaseReadiness? database = null, DecisionTrail? decisions = null) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        Enter(context);
        RequestRules.Enforce(request);
        EnterDatabase(context);
        try
        {
            return await HeldAsync(continuation(request, context), context);
        }
        catch (Exception e) when (e is not Refusal)
        {
            throw Translate(e, context);
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Enter(context);
        EnterDatabase(context);
        try
        {
            return await continuation(new CheckedStream<TRequest>(requestStream), context);
        }
        catch (Exception e) when (e is not Refusal)
        {
            throw Translate(e, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Enter(context);
        RequestRules.Enforce(request);
        EnterDatabase(context);
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception e) when (e is not Refusal)
        {
            throw Translate(e, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Enter(context);
        EnterDatabase(context);
        try
        {
            await continuation(new CheckedStream<TRequest>(requestStream), responseStream, context);
        }
        catch (Exception e) when (e is not Refusal)
        {
            throw Translate(e, context);
        }
    }

    private static void Enter(ServerCallContext context) => Call.Of(context).Reached = true;

    // Before the migrations are applied a handler would meet missing tables. Health and reflection pass.
    private void EnterDatabase(ServerCallContext context)
    {
        if (database is { IsMigrated: false } && !context.Method.StartsWith("/grpc.", StringComparison.Ordinal))
        {
            throw Refusal.Because(ErrorReason.DependencyUnavailable, "This service waits for its database: try again.");
        }
    }

    // Nobody is told a decision that a crash could take out of the log more than 50 ms later; a refusal is a decision too.
    private Task<TResponse> HeldAsync<TResponse>(Task<TResponse> answer, ServerCallContext context)
    {
        return decisions is null || (answer.IsCompleted && !decisions.IsLate) ? answer : WaitAsync();

        async Task<TResponse> WaitAsync()
        {
            await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (decisions.IsLate)
            {
                await decisions.CatchUpAsync(context.CancellationToken);
            }

            return await answer;
        }
    }

    private Refusal Translate(Exception exception, ServerCallContext context)
    {
        if (context.CancellationToken.IsCancellationRequested && exception is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled or StatusCode.DeadlineExceeded })
        {
            if (Call.Of(context).PeerNoLongerHolds)
            {
                return CallGate.PeerNoLongerHolds();
            }

            // The caller is gone, his time is up, or this process stops; only the last can still be told.
            return drain.Ending.IsCancellationRequested
                ? Refusal.Because(ErrorReason.DependencyUnavailable, "This server is stopping: call again.")
                : Refusal.Because(ErrorReason.DeadlineExceeded, "The time was up before the work was done.");
        }

        if (IsDependencyAway(exception))
        {
            Log.DependencyAway(logger, Call.Of(context).Rpc.FullName, exception);
            return Refusal.Because(ErrorReason.DependencyUnavailable, "Something this service needs does not answer: try again.");
        }

        Log.UnexpectedError(logger, Call.Of(context).Rpc.FullName, exception);
        return Refusal.Unexpected();
    }

    private static bool IsDependencyAway(Exception exception) => exception switch
    {
        RpcException { StatusCode: StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.ResourceExhausted } => true,
        TimeoutException => true,
        _ => exception.IsDatabaseAway(),
    };

    private sealed class CheckedStream<T>(IAsyncStreamReader<T> inner) : IAsyncStreamReader<T>
        where T : class
    {
        public T Current => inner.Current;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            try
            {
                if (!await inner.MoveNext(cancellationToken))
                {
                    return false;
                }
            }
            catch (InvalidProtocolBufferException)
            {
                throw Refusal.Because(ErrorReason.RequestMalformed, "The bytes of the request are not a message of its type.");
            }
            catch (IOException)
            {
                throw Refusal.Because(ErrorReason.RequestMalformed, "The request was broken off."); // by the caller or the network: no error of ours
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.ResourceExhausted)
            {
                throw Refusal.Because(ErrorReason.RequestTooLarge, "The request is larger than this server reads.");
            }

            RequestRules.Enforce(inner.Current);
            return true;
        }
    }
}
