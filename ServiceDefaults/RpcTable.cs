using System.Collections.Frozen;
using Google.Protobuf.Reflection;
using Grpc.Health.V1;
using Grpc.Reflection.V1;
using McpSecure.Common.V1;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace McpSecure.ServiceDefaults;

/// <summary>Finds a rpc by the path of a request. A path that is not here is refused.</summary>
internal sealed class RpcTable
{
    private readonly FrozenDictionary<string, Rpc> byPath;
    private readonly int maxMessageSizeInBytes;

    public RpcTable(CallerPolicy policy, IOptions<CallerPolicyOptions> options, IOptions<LimitsOptions> limits, IHostEnvironment environment)
    {
        maxMessageSizeInBytes = limits.Value.MaxMessageSizeInBytes;
        var named = policy.Entries.SelectMany(e => e.Callers).Where(c => c.Name is not null).Select(c => c.Name!).ToHashSet(StringComparer.Ordinal);
        foreach (var application in options.Value.Applications)
        {
            // Such a name would be given the rights that the code gives to one of the platform's own workloads.
            if (named.Contains(application))
            {
                throw new OptionsValidationException("CallerPolicy", typeof(CallerPolicyOptions),
                    [$"CallerPolicy:Applications names '{application}', which is a workload of the platform: give the application another name."]);
            }
        }

        var rpcs = policy.Entries.Select(e => ToRpc(e.Method, Resolve(e.Callers, options.Value.Applications)))
            .Concat(Health.Descriptor.Methods.Select(m => ToRpc(m, callers: null)));
        if (environment.IsDevelopment())
        {
            rpcs = rpcs.Concat(ServerReflection.Descriptor.Methods.Select(m => ToRpc(m, callers: null)));
        }

        byPath = rpcs.ToFrozenDictionary(r => r.Path, StringComparer.Ordinal);
        Services = policy.Services;
        LargestRequestInBytes = byPath.Values.Max(r => r.MaxRequestSizeInBytes);
    }

    /// <summary>Gets the services that are served for callers.</summary>
    public IReadOnlyList<ServiceDescriptor> Services { get; }

    /// <summary>Gets the largest request message that any of the rpcs reads.</summary>
    public int LargestRequestInBytes { get; }

    public Rpc? Find(string? path) => path is not null && byPath.TryGetValue(path, out var rpc) ? rpc : null;

    private Rpc ToRpc(MethodDescriptor method, FrozenSet<string>? callers)
    {
        var own = (int)(method.GetOptions()?.GetExtension(RulesExtensions.MaxRequestSizeInBytes) ?? 0);
        return new(method.Service.FullName, method.Name, method.IsServerStreaming, Math.Max(own, maxMessageSizeInBytes), RequestRules.For(method.InputType), callers);
    }

    private static FrozenSet<string> Resolve(Caller[] callers, IEnumerable<string> applications) =>
        callers.SelectMany(c => c.Name is { } name ? [name] : applications).ToFrozenSet(StringComparer.Ordinal);
}
