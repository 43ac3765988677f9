namespace McpSecure.Authorization;

/// <summary>Takes the rules that match a question and says what comes of them. With a trace it takes all, else only what may still change the answer.</summary>
/// <param name="secondFactor">Whether a recent second factor is shown.</param>
/// <param name="trace">Takes every rule that matches; null: none is told.</param>
internal struct Verdict(bool secondFactor, List<Rule>? trace)
{
    private readonly List<int>? matches = trace is null ? null : [];
    private bool isDenied;
    private DecidedBy? allowedBy;
    private bool lacksSecondFactor;

    /// <summary>Gets whether every rule that matches is told.</summary>
    public readonly bool IsTraced => trace is not null;

    /// <summary>Gets whether another permission that allows would change anything.</summary>
    public readonly bool WantsAllowing => trace is not null || (!isDenied && allowedBy is null);

    /// <summary>Gets what the rules say, whatever narrows them.</summary>
    public readonly DecidedBy ByRules =>
        isDenied ? DecidedBy.Deny
        : allowedBy is { } by ? by
        : lacksSecondFactor ? DecidedBy.SecondFactor
        : DecidedBy.NoRule;

    /// <summary>Tells whether a permission, if it matches, would change anything.</summary>
    public readonly bool Wants(Permission permission) => WantsAllowing || (permission.Effect == Effect.Deny && !isDenied);

    /// <summary>Takes a permission that matches.</summary>
    public void Take(Permission permission, DecidedBy by)
    {
        if (permission.Effect != Effect.Allow)
        {
            isDenied = true;
        }
        else if (!permission.SecondFactor || secondFactor)
        {
            allowedBy ??= by;
        }
        else
        {
            lacksSecondFactor = true;
        }
    }

    /// <summary>Notes the place of a permission that matches.</summary>
    public readonly void Match(int at) => matches?.Add(at);

    /// <summary>Takes the places noted since, in order.</summary>
    public readonly int[] TakeMatches()
    {
        if (matches is null || matches.Count == 0)
        {
            return [];
        }

        int[] taken = [.. matches.Order()];
        matches.Clear();
        return taken;
    }

    /// <summary>Tells a rule that matches.</summary>
    public readonly void Tell(Rule rule) => trace?.Add(rule);
}
