namespace McpSecure.Authorization;

/// <summary>May this be done?</summary>
/// <param name="Resource">On what.</param>
/// <param name="Action">What.</param>
/// <param name="Scopes">The scopes of the token or key in use; none: not narrowed.</param>
internal readonly record struct Question(string Resource, string Action, IReadOnlyList<string> Scopes)
{
    /// <summary>Gets in which organization; null: on the platform itself.</summary>
    public Guid? Organization { get; init; }

    /// <summary>Gets whether the token in use shows a recent second factor.</summary>
    public bool SecondFactor { get; init; }

    /// <summary>Gets what the key in use may do at most; none: not narrowed. Only their patterns count.</summary>
    public IReadOnlyList<Permission> NarrowedTo { get; init; } = [];
}

/// <summary>What decided.</summary>
internal enum DecidedBy
{
    /// <summary>A permission of a role allows it.</summary>
    Role,

    /// <summary>A direct grant allows it.</summary>
    Grant,

    /// <summary>The resource, or one above it, is the principal's own.</summary>
    Owner,

    /// <summary>No rule allows it.</summary>
    NoRule,

    /// <summary>A rule denies it, whatever allows it.</summary>
    Deny,

    /// <summary>A rule allows it and no scope in use covers it.</summary>
    Scope,

    /// <summary>A rule allows it and the key in use is narrowed to something else.</summary>
    Narrowed,

    /// <summary>A rule allows it to those who show a recent second factor.</summary>
    SecondFactor,
}

/// <summary>An answer.</summary>
/// <param name="By">What decided.</param>
internal readonly record struct Decision(DecidedBy By)
{
    public bool Allowed => By is DecidedBy.Role or DecidedBy.Grant or DecidedBy.Owner;
}

/// <summary>Why an answer is as it is: every rule that matched and every scope that covers.</summary>
internal sealed record Explanation(
    Decision Decision, Rights Rights, bool SecondFactor, IReadOnlyList<Rule> Matched, IReadOnlyList<string> CoveringScopes)
{
    /// <summary>Gets the rule that decided, or that would have allowed what something narrowed away; null where none matched.</summary>
    public Rule? Deciding => Decision.By switch
    {
        DecidedBy.NoRule => null,
        DecidedBy.Deny => Matched.First(rule => rule.Permission.Effect == Effect.Deny),
        DecidedBy.Role or DecidedBy.Grant or DecidedBy.Owner or DecidedBy.Scope or DecidedBy.Narrowed or DecidedBy.SecondFactor =>
            Matched.FirstOrDefault(rule => rule.Permission.Effect == Effect.Allow && (SecondFactor || !rule.Permission.SecondFactor))
            ?? Matched.First(rule => rule.Permission.Effect == Effect.Allow),
    };
}
