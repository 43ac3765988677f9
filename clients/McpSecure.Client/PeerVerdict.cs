namespace McpSecure.Client;

/// <summary>Says whether a peer's certificate was accepted.</summary>
internal abstract record PeerVerdict
{
    private PeerVerdict()
    {
    }

    /// <summary>The certificate proves this workload.</summary>
    public sealed record Accepted(SpiffeId Id) : PeerVerdict;

    /// <summary>The certificate proves nothing, for this reason; the text is for our own log only.</summary>
    public sealed record Refused(string Why) : PeerVerdict;
}
