using System.Collections.Frozen;

namespace McpSecure.ServiceDefaults;

/// <summary>Holds what is known of a rpc before a call of it is looked at.</summary>
/// <param name="Service">The service's full name.</param>
/// <param name="Method">The method's name.</param>
/// <param name="StreamsAnswers">Whether it answers more than one message.</param>
/// <param name="MaxRequestSizeInBytes">The largest request message that is read.</param>
/// <param name="Request">The rules of its requests.</param>
/// <param name="Callers">The workloads that may call it; null where any valid peer may.</param>
internal sealed record Rpc(string Service, string Method, bool StreamsAnswers, int MaxRequestSizeInBytes, MessageRules Request, FrozenSet<string>? Callers)
{
    /// <summary>Gets the path of its requests.</summary>
    public string Path { get; } = $"/{Service}/{Method}";

    /// <summary>Gets its full name, as traces show it.</summary>
    public string FullName { get; } = $"{Service}/{Method}";

    /// <summary>Gets the tag of its measurements.</summary>
    public KeyValuePair<string, object?> MethodTag { get; } = new("rpc.method", $"{Service}/{Method}");

    public bool Allows(PeerIdentity peer) => Callers is null || Callers.Contains(peer.Name);
}
