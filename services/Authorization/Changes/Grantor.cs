namespace McpSecure.Authorization;

/// <summary>On whose authority rights are changed, and with what in hand.</summary>
/// <param name="Principal">Who.</param>
/// <param name="Scopes">What the token in use is narrowed to; none: not narrowed.</param>
/// <param name="SecondFactor">Whether it shows a recent second factor.</param>
internal sealed record Authority(Principal Principal, IReadOnlyList<string> Scopes, bool SecondFactor);

/// <summary>Who changes rights, judged by what he holds at that moment in the organization of the change, or on the platform.</summary>
internal sealed class Grantor(Authority authority, Rights rights, IReadOnlyList<Rule> elsewhere)
{
    private readonly Rule[] rules = [.. rights.Rules()];

    /// <summary>Gets who he is.</summary>
    public Principal Principal => authority.Principal;

    /// <summary>Tells whether he may do an action on a resource there.</summary>
    public bool May(string resource, string action) =>
        DecisionRules.Decide(
            rights, new Question(resource, action, authority.Scopes) { Organization = rights.Organization, SecondFactor = authority.SecondFactor }).Allowed;

    /// <summary>Tells whether he could do, there and as long, all that a permission speaks of.</summary>
    /// <param name="wanted">What is given or taken; whether it allows or denies makes no difference.</param>
    /// <param name="until">When it ends; null: never.</param>
    public bool Holds(Region wanted, DateTimeOffset? until) => Held.Covers(rules, wanted, until) && IsWithinScopes(wanted);

    /// <summary>Tells the same of what counts everywhere: on the platform and in all organizations.</summary>
    /// <remarks>What he owns counts on the platform alone, and what is denied to him in one organization must not come back from everywhere.</remarks>
    public bool HoldsEverywhere(Region wanted, DateTimeOffset? until) =>
        Held.Covers([.. rules.Where(rule => rule.Origin is not Origin.OfOwnership)], wanted, until)
        && !elsewhere.Any(rule => Held.Denies(rule, wanted))
        && IsWithinScopes(wanted);

    /// <summary>Tells the same of what counts where the change is made: in the organization, or else everywhere.</summary>
    public bool HoldsThere(Region wanted, DateTimeOffset? until) => rights.Organization is null ? HoldsEverywhere(wanted, until) : Holds(wanted, until);

    private bool IsWithinScopes(Region wanted) =>
        authority.Scopes.Count == 0
        || authority.Scopes.Any(scope => Scopes.LetsAllThrough(scope, wanted));
}

/// <summary>Finds out what rules hold as a whole, rather than for one question.</summary>
internal static class Held
{
    /// <summary>
    /// Tells whether one of the rules allows all that a permission speaks of, as long as it is to last, and none denies any of it. A rule that
    /// demands a second factor holds only what demands one too. What only several rules together allow is not held.
    /// </summary>
    public static bool Covers(IReadOnlyCollection<Rule> rules, Region wanted, DateTimeOffset? until) =>
        rules.Any(rule => Allows(rule, wanted, until)) && !rules.Any(rule => Denies(rule, wanted));

    /// <summary>Tells whether a rule may deny something of what a permission speaks of.</summary>
    public static bool Denies(Rule rule, Region wanted) =>
        rule.Permission.Effect == Effect.Deny && new Region(rule.Permission, rule.Subtree).Overlaps(wanted);

    private static bool Allows(Rule rule, Region wanted, DateTimeOffset? until) =>
        rule.Permission.Effect == Effect.Allow
        && (rule.ExpiresAt is null || until <= rule.ExpiresAt)
        && (!rule.Permission.SecondFactor || wanted.Permission.SecondFactor || wanted.Permission.Effect == Effect.Deny)
        && new Region(rule.Permission, rule.Subtree).Covers(wanted);
}
