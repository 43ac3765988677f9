namespace McpSecure.ApiKey;

/// <summary>Says what the limits made of a call.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Tightest">The limit that refused it or, where none did, that has the least left; none where none was counted.</param>
/// <param name="ShadowRefused">The limit that only watches and would have refused it; null where none would.</param>
internal readonly record struct RateVerdict(RateOutcome Outcome, LimitState? Tightest = null, RateLimit? ShadowRefused = null);

/// <summary>Says how far a limit is used.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="Remaining">How many permits are left.</param>
/// <param name="ResetAfter">How long until everything is there again.</param>
/// <param name="RetryAfter">How long to wait until the call would be let through; zero where it is, null where it never would.</param>
internal readonly record struct LimitState(RateLimit Limit, long Remaining, TimeSpan ResetAfter, TimeSpan? RetryAfter)
{
    /// <summary>Reads what was counted.</summary>
    public static LimitState From(RateLimit limit, in Gcra gcra, long cost, long wait, long debt) => new(
        limit,
        gcra.Remaining(debt),
        TimeSpan.FromMicroseconds(debt),
        cost > gcra.Burst ? null : TimeSpan.FromMicroseconds(Math.Max(0, wait)));

    /// <summary>Tells whether this says more to a caller than another: the longest wait, then the least that is left.</summary>
    public bool IsTighterThan(in LimitState? other)
    {
        if (other is not { } that)
        {
            return true;
        }

        var (mine, its) = (RetryAfter ?? TimeSpan.MaxValue, that.RetryAfter ?? TimeSpan.MaxValue);
        return mine != its ? mine > its : Remaining < that.Remaining;
    }
}

/// <summary>How a call's limits ended.</summary>
internal enum RateOutcome
{
    /// <summary>It is let through.</summary>
    Admitted,

    /// <summary>A limit refuses it, and it was counted in none.</summary>
    Refused,

    /// <summary>Redis is away, and a limit lets nothing through without it.</summary>
    Unavailable,
}
