using System.Security.Cryptography;

namespace McpSecure.ServiceDefaults;

/// <summary>Says how long to pause before the next try: twice as long each time up to a limit, with jitter, so that replicas do not come back in step.</summary>
internal sealed class BackOff
{
    private readonly TimeSpan first;
    private readonly TimeSpan longest;
    private TimeSpan next;

    public BackOff(TimeSpan first, TimeSpan longest) => (this.first, this.longest, next) = (first, longest, first);

    /// <summary>Returns the next pause: between half of it and the whole.</summary>
    public TimeSpan Next()
    {
        var whole = next;
        next = whole * 2 < longest ? whole * 2 : longest;
        return whole * (0.5 + (RandomNumberGenerator.GetInt32(0, 501) / 1000.0));
    }

    /// <summary>Starts anew: something went well.</summary>
    public void Reset() => next = first;
}
