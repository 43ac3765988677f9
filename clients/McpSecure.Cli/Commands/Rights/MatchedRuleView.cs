using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary>Shows a rule that counts for a principal, and where it comes from.</summary>
internal sealed record MatchedRuleView(
    string? Role,
    string Resource,
    string Action,
    Effect Effect,
    bool RequiresSecondFactor,
    IReadOnlyList<string> ThroughRoles,
    string? GrantId,
    string? OwnedResource,
    string? OrganizationId,
    string? Subtree,
    DateTimeOffset? ExpiresAt)
{
    /// <summary>Names the columns of <see cref="Cells"/>.</summary>
    public static readonly string[] Headers = ["Effect", "Rule", "From", "Organization", "Below", "Ends"];

    public static MatchedRuleView Of(MatchedRule rule) => new(
        Text.Given(rule.Role),
        rule.ResourcePattern,
        rule.ActionPattern,
        rule.Effect == Effect.Unspecified ? Effect.Allow : rule.Effect,
        rule.RequiresSecondFactor,
        [.. rule.ThroughRoles],
        Text.Given(rule.GrantId),
        Text.Given(rule.OwnedResource),
        Text.Given(rule.OrganizationId),
        Text.Given(rule.Subtree),
        rule.ExpiresAt?.ToDateTimeOffset());

    /// <summary>Answers what people read of it.</summary>
    public string[] Cells() =>
    [
        Rules.Name(Effect),
        Rules.Write(Resource, Action, RequiresSecondFactor),
        Origin,
        OrganizationId ?? (OwnedResource is null ? "everywhere" : "platform"),
        Subtree ?? "",
        Text.Time(ExpiresAt),
    ];

    // "role lead > base": lead is held, and includes base, whose rule it is.
    private string Origin => this switch
    {
        { GrantId: { } grant } => $"grant {grant}",
        { OwnedResource: { } owned } => $"owner of {owned}",
        { Role: { } role } => $"role {string.Join(" > ", [role, .. ThroughRoles])}",
        _ => Text.None,
    };
}
