using McpSecure.Client;

namespace McpSecure.ServiceDefaults;

/// <summary>Names who may call a rpc.</summary>
public sealed record Caller
{
    private Caller(string? name) => Name = name;

    /// <summary>Gets the workloads that the operator registers as applications (<c>CallerPolicy:Applications</c>).</summary>
    public static Caller Applications { get; } = new((string?)null);

    /// <summary>Gets the workload's name, or null for <see cref="Applications"/>.</summary>
    internal string? Name { get; }

    /// <summary>Names one workload, for example <c>auth</c> or <c>cli</c>.</summary>
    public static Caller Service(string name) =>
        SpiffeId.IsWorkloadName(name) ? new Caller(name) : throw new ArgumentException($"'{name}' is no workload name.", nameof(name));
}
