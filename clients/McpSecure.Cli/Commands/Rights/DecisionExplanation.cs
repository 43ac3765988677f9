using System.Text.Json.Serialization;
using McpSecure.Authorization.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Tells what decided.</summary>
internal sealed record DecisionExplanation(
    string Text,
    DecisionReason Reason,
    IReadOnlyList<string> Roles,
    IReadOnlyList<MatchedRuleView> MatchedRules,
    MatchedRuleView? DecidingRule,
    [property: JsonIgnore] int DecidingPlace,
    IReadOnlyList<string> CoveringScopes);
