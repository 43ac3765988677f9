namespace McpSecure.Authorization;

/// <summary>May this be done?</summary>
/// <param name="Resource">On what.</param>
/// <param name="Action">What.</param>
/// <param name="Scopes">The scopes of the token or key in use; none: not narrowed.</param>
internal readonly record struct Question(string Resource, string Action, IReadOnlyList<string> Scopes);

/// <summary>What decided.</summary>
internal enum DecidedBy
{
    /// <summary>A permission of a role allows it.</summary>
    Role,

    /// <summary>No rule allows it.</summary>
    NoRule,

    /// <summary>A rule allows it and no scope in use covers it.</summary>
    Scope,
}

/// <summary>An answer.</summary>
/// <param name="By">What decided; only <see cref="DecidedBy.Role"/> allows.</param>
internal readonly record struct Decision(DecidedBy By)
{
    public bool Allowed => By == DecidedBy.Role;
}

/// <summary>Why an answer is as it is: every rule that matched and every scope that covers.</summary>
internal sealed record Explanation(Decision Decision, Rights Rights, IReadOnlyList<HeldPermission> Matched, IReadOnlyList<string> CoveringScopes);
