using Grpc.Core;

namespace McpSecure.ServiceDefaults;

/// <summary>Carries what the gate found out about a call to the handlers behind it.</summary>
internal sealed class Call(Rpc rpc, PeerIdentity peer)
{
    public Rpc Rpc { get; } = rpc;

    public PeerIdentity Peer { get; } = peer;

    /// <summary>Gets or sets the user that the call is made for, once <see cref="ActorGate"/> knows him.</summary>
    public Actor? Actor { get; set; }

    /// <summary>Gets or sets whether the call ends because its peer's certificate no longer holds.</summary>
    public bool PeerNoLongerHolds { get; set; }

    /// <summary>Gets or sets whether the request was read and given to our code; what goes wrong before is the caller's doing.</summary>
    public bool Reached { get; set; }

    public static Call Of(ServerCallContext context) =>
        context.GetHttpContext().Features.Get<Call>() ?? throw new InvalidOperationException("The call did not come through AddServiceDefaults.");
}
