using System.Collections.Concurrent;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace McpSecure.ServiceDefaults;

/// <summary>Checks requests by the rules that the contract's fields carry (<c>mcpsecure.common.v1.rules</c>).</summary>
internal static class RequestRules
{
    private static readonly ConcurrentDictionary<string, MessageRules> ByType = new(StringComparer.Ordinal);

    [ThreadStatic]
    private static Walk? walk;

    /// <summary>Checks a request.</summary>
    /// <exception cref="Refusal">It breaks rules; every violated field is named.</exception>
    public static void Enforce<T>(T request)
        where T : class
    {
        // Checking never awaits, so that a thread's walk is not in use when it comes here.
        var steps = walk ??= new Walk();
        try
        {
            Compiled<T>.Rules.Check((IMessage)request, steps);
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

    /// <summary>Compiles the rules of a message type and of all that it holds, once.</summary>
    /// <exception cref="InvalidOperationException">The contract has a rule that cannot be checked.</exception>
    public static MessageRules For(MessageDescriptor type)
    {
        if (ByType.TryGetValue(type.FullName, out var known))
        {
            return known;
        }

        // Put down first, compiled after: a message may hold its own kind.
        var rules = new MessageRules();
        if (!ByType.TryAdd(type.FullName, rules))
        {
            return ByType[type.FullName];
        }

        rules.Compile(type);
        return rules;
    }

    private static class Compiled<T>
        where T : class
    {
        public static readonly MessageRules Rules = For(((IMessage)Activator.CreateInstance<T>()).Descriptor);
    }
}
