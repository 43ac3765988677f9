using System.Text.Json.Serialization;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary>
/// Shows a role, and is the form in which a file defines one: what <c>roles get --json</c> writes, <c>roles create</c> and
/// <c>roles update</c> read.
/// </summary>
internal sealed record RoleView(
    string? Name,
    string? Description,
    bool BuiltIn,
    IReadOnlyList<PermissionView>? Permissions,
    string? OrganizationId,
    IReadOnlyList<string>? Includes,
    string? Revision,
    DateTimeOffset? CreatedAt,
    DateTimeOffset? ChangedAt)
{
    /// <summary>Stands in what a change answers, and is not read.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RightsRevision { get; init; }

    public static RoleView Of(Role role) => new(
        role.Name,
        role.Description,
        role.BuiltIn,
        [.. role.Permissions.Select(PermissionView.Of)],
        Text.Given(role.OrganizationId),
        [.. role.Includes],
        Text.Given(role.Revision),
        role.CreatedAt?.ToDateTimeOffset(),
        role.ChangedAt?.ToDateTimeOffset());

    public static string ForPeople(RoleView role) =>
        Table.Details(
            ("Role", role.Name ?? ""),
            ("For", role.Description ?? ""),
            ("Organization", role.OrganizationId ?? "built in"),
            ("Includes", Text.List(role.Includes ?? [])),
            ("Revision", role.Revision ?? ""),
            ("Made", Text.Time(role.CreatedAt)),
            ("Changed", Text.Time(role.ChangedAt))) +
        Table.Rows(
            "No rules of its own.",
            ["Effect", "Resource", "Action", "Second factor"],
            (role.Permissions ?? []).Select(rule => new[]
            {
                Rules.Name(rule.Effect), rule.Resource, rule.Action, rule.RequiresSecondFactor ? "required" : "",
            }));

    /// <summary>Answers its rules in one line: what it allows as options take it, what it denies with that word.</summary>
    public string RulesInOneLine() => Text.List((Permissions ?? []).Select(rule => rule.Effect == Effect.Deny
        ? Rules.Write(rule.Effect, rule.Resource, rule.Action, rule.RequiresSecondFactor)
        : Rules.Write(rule.Resource, rule.Action, rule.RequiresSecondFactor)));
}

/// <summary>Shows a rule of a role or a grant.</summary>
internal sealed record PermissionView(string Resource, string Action, Effect Effect, bool RequiresSecondFactor)
{
    public static PermissionView Of(Permission permission) => new(
        permission.ResourcePattern,
        permission.ActionPattern,
        permission.Effect == Effect.Unspecified ? Effect.Allow : permission.Effect,
        permission.RequiresSecondFactor);
}
