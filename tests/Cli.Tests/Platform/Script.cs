using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.Core;

namespace McpSecure.Cli.Tests;

/// <summary>Says what the services answer, by the kind of request, and keeps what they were asked.</summary>
public sealed class Script
{
    private readonly ConcurrentDictionary<Type, Delegate> answers = [];
    private readonly ConcurrentQueue<Asked> calls = [];

    /// <summary>Gets the calls so far, in order.</summary>
    public IReadOnlyList<Asked> Calls => [.. calls];

    /// <summary>Answers requests of a kind.</summary>
    public void On<TRequest, TResponse>(Func<TRequest, TResponse> answer) => answers[typeof(TRequest)] = answer;

    /// <summary>Refuses requests of a kind.</summary>
    public void Refuse<TRequest>(Func<RpcException> refusal) => answers[typeof(TRequest)] = refusal;

    /// <summary>Answers requests of a kind with a stream.</summary>
    public void OnStream<TRequest, TResponse>(Func<TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task> answer) => answers[typeof(TRequest)] = answer;

    /// <summary>Gets what was asked by requests of a kind.</summary>
    public IEnumerable<T> Requests<T>() => Calls.Select(call => call.Request).OfType<T>();

    internal Task<TResponse> AnswerAsync<TRequest, TResponse>(TRequest request, IMessage asked, ServerCallContext context)
    {
        calls.Enqueue(new Asked(asked, context.RequestHeaders));
        return Find<TRequest>() switch
        {
            Func<TRequest, TResponse> answer => Task.FromResult(answer(request)),
            Func<RpcException> refusal => throw refusal(),
            _ => throw new InvalidOperationException($"{typeof(TRequest).Name} is not scripted so."),
        };
    }

    internal Task StreamAsync<TRequest, TResponse>(TRequest request, IMessage asked, IServerStreamWriter<TResponse> stream, ServerCallContext context)
    {
        calls.Enqueue(new Asked(asked, context.RequestHeaders));
        return Find<TRequest>() switch
        {
            Func<TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task> answer => answer(request, stream, context),
            Func<RpcException> refusal => throw refusal(),
            _ => throw new InvalidOperationException($"{typeof(TRequest).Name} is not scripted so."),
        };
    }

    private Delegate Find<TRequest>() =>
        answers.TryGetValue(typeof(TRequest), out var answer) ? answer : throw new InvalidOperationException($"{typeof(TRequest).Name} is not scripted.");
}

/// <summary>Is one call as a service saw it.</summary>
public sealed record Asked(IMessage Request, Metadata Headers);
