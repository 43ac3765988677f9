namespace McpSecure.Crypto;

/// <summary>A lease of a role.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Database">The database that the role is in.</param>
/// <param name="Template">The template that it was made from.</param>
/// <param name="Role">The role.</param>
/// <param name="Statements">What renews and removes it: the template's as they are now, or were last.</param>
/// <param name="State">Where it stands.</param>
/// <param name="OwnerId">The user who has it.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it ends unless it is renewed.</param>
/// <param name="MaxExpiresAt">The latest that renewals can reach.</param>
/// <param name="DueAt">When somebody must look at it next.</param>
/// <param name="Failures">How often revoking it has failed.</param>
internal sealed record Lease(
    Guid Id,
    string Database,
    string Template,
    RoleName Role,
    TemplateStatements Statements,
    LeaseState State,
    string OwnerId,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset MaxExpiresAt,
    DateTimeOffset DueAt,
    int Failures)
{
    /// <summary>Gets the name that callers know it by.</summary>
    public string Path => $"{Database}/{Template}/{Id}";

    /// <summary>Gets what rights to it go by.</summary>
    public string Resource => $"leases/{Path}";

    /// <summary>Reads the id at the end of a path; null where there is none.</summary>
    public static Guid? IdOf(string path) =>
        path.Split('/') is [_, _, var last] && Guid.TryParseExact(last, "D", out var id) ? id : null;
}

/// <summary>Says where a lease stands.</summary>
internal enum LeaseState
{
    /// <summary>Its role may or may not exist.</summary>
    Creating,

    /// <summary>Its role can be used.</summary>
    Active,

    /// <summary>Its role is being removed.</summary>
    Revoking,
}
