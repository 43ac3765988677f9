using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary>Shows a decision, and where it was asked for, what decided.</summary>
internal sealed record DecisionView(
    bool Allowed,
    string PrincipalId,
    string Resource,
    string Action,
    IReadOnlyList<string> Scopes,
    DecisionExplanation? Explanation)
{
    public static DecisionView Of(PermissionQuestion question, CheckPermissionResponse response) =>
        Of(question, response.Allowed, explanation: null);

    public static DecisionView Of(PermissionQuestion question, ExplainPermissionResponse response) =>
        Of(question, response.Allowed, new DecisionExplanation(
            response.Explanation,
            response.Reason,
            [.. response.Roles],
            [.. response.MatchedRules.Select(rule => new MatchedRuleView(rule.Role, rule.ResourcePattern, rule.ActionPattern))],
            [.. response.CoveringScopes]));

    public static string ForPeople(DecisionView decision)
    {
        var answer = $"{(decision.Allowed ? "allowed" : "denied")}: {Text.OneLine($"{decision.Resource}:{decision.Action}")}\n";
        return decision.Explanation is not { } why
            ? answer
            : answer + Table.Details(
                ("Why", why.Text),
                ("Roles", Text.List(why.Roles)),
                ("Rules", Text.List(why.MatchedRules.Select(rule => $"{rule.Role} allows {rule.Resource}:{rule.Action}"))),
                ("Scopes", Text.List(decision.Scopes)),
                ("Covering", Text.List(why.CoveringScopes)));
    }

    private static DecisionView Of(PermissionQuestion question, bool allowed, DecisionExplanation? explanation) =>
        new(allowed, question.Principal.Id, question.Resource, question.Action, [.. question.Scopes], explanation);
}

/// <summary>Tells what decided.</summary>
internal sealed record DecisionExplanation(
    string Text,
    DecisionReason Reason,
    IReadOnlyList<string> Roles,
    IReadOnlyList<MatchedRuleView> MatchedRules,
    IReadOnlyList<string> CoveringScopes);

/// <summary>Shows a permission that matched.</summary>
internal sealed record MatchedRuleView(string Role, string Resource, string Action);
