namespace McpSecure.Authorization;

/// <summary>Says a decision in a sentence, for people.</summary>
internal static class Sentence
{
    public static string Of(Principal principal, Question question, Explanation explanation) => explanation.Decision.By switch
    {
        DecidedBy.Role => $"{principal} may {question.Action} {question.Resource}: {Rule(explanation.Matched[0])}{Through(explanation)}.",
        DecidedBy.NoRule when explanation.Rights.Roles.Count == 0 => $"{principal} may not {question.Action} {question.Resource}: no role is held.",
        DecidedBy.NoRule => $"{principal} may not {question.Action} {question.Resource}: no permission of {Roles(explanation)} allows it.",
        DecidedBy.Scope =>
            $"{principal} may not {question.Action} {question.Resource} with {string.Join(", ", question.Scopes)}: " +
            $"{Rule(explanation.Matched[0])}, and no scope in use lets it through.",
    };

    private static string Rule(HeldPermission held) => $"the role {held.Role} allows {held.Permission.Action} on {held.Permission.Resource}";

    private static string Roles(Explanation explanation) =>
        $"the role{(explanation.Rights.Roles.Count == 1 ? "" : "s")} {string.Join(", ", explanation.Rights.Roles)}";

    private static string Through(Explanation explanation) =>
        explanation.CoveringScopes.Count == 0 ? "" : $", and the scope {explanation.CoveringScopes[0]} lets it through";
}
