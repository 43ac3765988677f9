namespace McpSecure.Authorization;

/// <summary>Says a decision in a sentence, for people.</summary>
internal static class Sentence
{
    public static string Of(Principal principal, Question question, Explanation explanation) => explanation.Decision.By switch
    {
        DecidedBy.Role or DecidedBy.Grant or DecidedBy.Owner =>
            $"{principal} may {What(question)}: {Rule(explanation)}{Through(explanation)}.",
        DecidedBy.NoRule when explanation.Rights.RoleNames.Count == 0 => $"{principal} may not {What(question)}: no role is held, and nothing else allows it.",
        DecidedBy.NoRule => $"{principal} may not {What(question)}: no permission of {Roles(explanation)} allows it.",
        DecidedBy.Deny => $"{principal} may not {What(question)}: {Rule(explanation)}, whatever allows it.",
        DecidedBy.Scope =>
            $"{principal} may not {What(question)} with {string.Join(", ", question.Scopes)}: {Rule(explanation)}, and no scope in use lets it through.",
        DecidedBy.Narrowed => $"{principal} may not {What(question)}: {Rule(explanation)}, and the key in use is narrowed to something else.",
        DecidedBy.SecondFactor => $"{principal} may not {What(question)} without a recent second factor: {Rule(explanation)} with one.",
    };

    private static string What(Question question) =>
        question.Organization is { } organization ? $"{question.Action} {question.Resource} in {organization}" : $"{question.Action} {question.Resource}";

    private static string Rule(Explanation explanation)
    {
        var rule = explanation.Deciding!;
        var says = $"{(rule.Permission.Effect == Effect.Allow ? "allows" : "denies")} {rule.Permission.Action} on {rule.Permission.Resource}";
        return rule.Origin switch
        {
            Origin.OfRole(var role, []) => $"the role {role} {says}",
            Origin.OfRole(var role, var through) => $"the role {role}, through {string.Join(", ", through)}, {says}",
            Origin.OfGrant(var id) => $"the grant {id} {says}",
            Origin.OfOwnership(var resource) => $"{resource} is his own",
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static string Roles(Explanation explanation)
    {
        var names = explanation.Rights.RoleNames;
        return $"the role{(names.Count == 1 ? "" : "s")} {string.Join(", ", names)}";
    }

    private static string Through(Explanation explanation) =>
        explanation.CoveringScopes.Count == 0 ? "" : $", and the scope {explanation.CoveringScopes[0]} lets it through";
}
