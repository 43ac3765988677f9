using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Shows a decision, and where it was asked for, what decided.</summary>
internal sealed record DecisionView(
    bool Allowed,
    DecisionReason Reason,
    PrincipalType PrincipalType,
    string PrincipalId,
    string? OrganizationId,
    string Resource,
    string Action,
    bool SecondFactor,
    IReadOnlyList<string> Scopes,
    IReadOnlyList<string> NarrowedTo,
    string Revision,
    DecisionExplanation? Explanation)
{
    public static DecisionView Of(PermissionQuestion question, CheckPermissionResponse response) =>
        Of(question, response.Allowed, response.Reason, response.Revision, explanation: null);

    public static DecisionView Of(PermissionQuestion question, ExplainPermissionResponse response) =>
        Of(question, response.Allowed, response.Reason, response.Revision, new DecisionExplanation(
            response.Explanation,
            response.Reason,
            [.. response.Roles],
            [.. response.MatchedRules.Select(MatchedRuleView.Of)],
            response.DecidingRule is { } deciding ? MatchedRuleView.Of(deciding) : null,
            response.DecidingRule is { } one ? response.MatchedRules.IndexOf(one) : -1,
            [.. response.CoveringScopes]));

    public static string ForPeople(DecisionView decision)
    {
        var answer = $"{(decision.Allowed ? "allowed" : "denied")}: {Text.OneLine($"{decision.Resource}:{decision.Action}")}\n";
        return decision.Explanation is not { } why
            ? answer
            : answer + Table.Details(
                ("Why", why.Text),
                ("Who", Principals.Write(decision.PrincipalType, decision.PrincipalId)),
                ("Where", decision.OrganizationId ?? "platform"),
                ("Roles", Text.List(why.Roles)),
                ("Second factor", Text.YesNo(decision.SecondFactor)),
                ("Scopes", Text.List(decision.Scopes)),
                ("Covering", Text.List(why.CoveringScopes)),
                ("Narrowed to", Text.List(decision.NarrowedTo))) + Rows(why);
    }

    private static string Rows(DecisionExplanation why) => Table.Rows(
        "No rule matches.",
        [.. MatchedRuleView.Headers, "Decided"],
        why.MatchedRules.Select((rule, place) => (string[])[.. rule.Cells(), place == why.DecidingPlace ? "this one" : ""]));

    private static DecisionView Of(
        PermissionQuestion question, bool allowed, DecisionReason reason, string revision, DecisionExplanation? explanation) => new(
        allowed,
        reason,
        question.Principal.Type,
        question.Principal.Id,
        Text.Given(question.OrganizationId),
        question.Resource,
        question.Action,
        question.SecondFactor,
        [.. question.Scopes],
        [.. question.NarrowedTo.Select(pattern => Rules.Write(pattern.ResourcePattern, pattern.ActionPattern, requiresSecondFactor: false))],
        revision,
        explanation);
}
