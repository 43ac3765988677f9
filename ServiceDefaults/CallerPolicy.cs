using Google.Protobuf.Reflection;

namespace McpSecure.ServiceDefaults;

/// <summary>Lists who may call which rpc. What is not listed is refused before its body is read.</summary>
public sealed class CallerPolicy
{
    private readonly Dictionary<string, MethodDescriptor> rpcs;
    private readonly Dictionary<string, Caller[]> callers = new(StringComparer.Ordinal);

    private CallerPolicy(ServiceDescriptor[] services)
    {
        Services = services;
        rpcs = services.SelectMany(s => s.Methods).ToDictionary(m => $"{m.Service.FullName}/{m.Name}", StringComparer.Ordinal);
    }

    /// <summary>Gets the services that the policy is for.</summary>
    internal IReadOnlyList<ServiceDescriptor> Services { get; }

    /// <summary>Gets every rpc that is listed, with its callers.</summary>
    internal IEnumerable<(MethodDescriptor Method, Caller[] Callers)> Entries => callers.Select(c => (rpcs[c.Key], c.Value));

    /// <summary>Gets the rpcs that nobody may call yet, by full name; a service should have none.</summary>
    public IEnumerable<string> Unlisted => rpcs.Keys.Where(r => !callers.ContainsKey(r));

    /// <summary>Begins a policy for services of the contract, in which nothing is allowed yet.</summary>
    public static CallerPolicy For(params ServiceDescriptor[] services) => new(services);

    /// <summary>Lists a rpc, such as <c>mcpsecure.crypto.v1.EncryptionService/Encrypt</c>, with all its callers.</summary>
    /// <exception cref="ArgumentException">The rpc is none of the services', is listed already, or has no caller.</exception>
    public CallerPolicy Allow(string rpc, params Caller[] allowed)
    {
        if (!rpcs.ContainsKey(rpc))
        {
            throw new ArgumentException($"'{rpc}' is no rpc of the policy's services.", nameof(rpc));
        }

        if (allowed.Length == 0)
        {
            throw new ArgumentException($"'{rpc}' is listed without a caller.", nameof(allowed));
        }

        return callers.TryAdd(rpc, allowed) ? this : throw new ArgumentException($"'{rpc}' is listed twice.", nameof(rpc));
    }
}
