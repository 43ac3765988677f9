using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace McpSecure.ServiceDefaults;

/// <summary>Checks requests by the rules that the contract's fields carry (<c>mcpsecure.common.v1.rules</c>).</summary>
internal static class RequestRules
{
    private static readonly Lock Compiling = new();
    private static readonly Dictionary<string, MessageRules> ByType = new(StringComparer.Ordinal);

    [ThreadStatic]
    private static Walk? walk;

    /// <summary>Checks a request.</summary>
    /// <exception cref="Refusal">It breaks rules; every violated field is named.</exception>
    public static void Enforce<T>(T request)
        where T : class => Enforce(Compiled<T>.Rules, (IMessage)request, static (rules, message, steps) => rules.Check(message, steps));

    /// <summary>Checks the bytes of a request that is not parsed yet for what would take much memory.</summary>
    /// <exception cref="Refusal">They hold what is not in the contract, or more of something than it lets; the first such place is named.</exception>
    public static void EnforceShape(MessageRules rules, ReadOnlySequence<byte> request) =>
        Enforce(rules, request, static (rules, bytes, steps) => rules.Shape.Check(bytes, steps));

    /// <summary>Compiles the rules of a message type and of all that it holds, once.</summary>
    /// <exception cref="InvalidOperationException">The contract has a rule that cannot be checked.</exception>
    public static MessageRules For(MessageDescriptor type)
    {
        // Nobody else sees rules that are half made; the thread that makes them may, for a message that holds its own kind.
        lock (Compiling)
        {
            if (ByType.TryGetValue(type.FullName, out var known))
            {
                return known;
            }

            var rules = ByType[type.FullName] = new MessageRules();
            rules.Compile(type);
            return rules;
        }
    }

    private static void Enforce<TRequest>(MessageRules rules, TRequest request, Action<MessageRules, TRequest, Walk> check)
    {
        // Checking never awaits, so that a thread's walk is not in use when it comes here.
        var steps = walk ??= new Walk();
        try
        {
            check(rules, request, steps);
            if (steps.Violations is { } violations)
            {
                throw Refusal.InvalidFields(violations);
            }
        }
        finally
        {
            steps.Reset();
        }
    }

    private static class Compiled<T>
        where T : class
    {
        public static readonly MessageRules Rules = For(((IMessage)Activator.CreateInstance<T>()).Descriptor);
    }
}
