using System.Reflection;
using Grpc.Core;
using McpSecure.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ContractService = Google.Protobuf.Reflection.ServiceDescriptor;

namespace McpSecure.ServiceDefaults;

/// <summary>Adds clients of the services that this one calls.</summary>
public static class PeerClientExtensions
{
    /// <summary>
    /// Adds the typed client of a service of a peer, over mTLS, with deadline, retries of idempotent rpcs and tracing. The peer's address is
    /// the setting <c>Peers:&lt;peer&gt;</c>; without it the service does not start.
    /// </summary>
    public static IHostApplicationBuilder AddPeer<TClient>(this IHostApplicationBuilder builder, string peer)
        where TClient : ClientBase
    {
        // protoc nests XServiceClient in a static class that knows the service's descriptor.
        var descriptor = typeof(TClient).DeclaringType?.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null) as ContractService
            ?? throw new ArgumentException($"{typeof(TClient)} is no generated client.", nameof(peer));
        var create = typeof(TClient).GetConstructor([typeof(CallInvoker)])!;

        return builder.AddPeer(peer, descriptor, invoker => (TClient)create.Invoke([invoker]));
    }

    /// <summary>Does the same for a client that was not generated; without a descriptor none of its rpcs is tried again.</summary>
    internal static IHostApplicationBuilder AddPeer<TClient>(
        this IHostApplicationBuilder builder, string peer, ContractService? descriptor, Func<CallInvoker, TClient> create)
        where TClient : ClientBase
    {
        builder.Services.AddMcpSecureClient(peer, descriptor, create);
        builder.Services.AddOptions<McpSecureClientOptions>()
            .Validate(options => options.Addresses.ContainsKey(peer), $"Peers:{peer} is not set: it is the address of {peer}, https://host:port.");
        return builder;
    }
}
