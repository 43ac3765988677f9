namespace McpSecure.Authorization;

/// <summary>Decides. Checking and explaining are one function, so that they cannot disagree. What no rule allows is denied.</summary>
internal static class DecisionRules
{
    /// <summary>Decides as far as is needed for an answer.</summary>
    public static Decision Decide(Rights rights, Question question) => Decide(rights, question, trace: null);

    /// <summary>Decides and tells everything that matched.</summary>
    public static Explanation Explain(Rights rights, Question question)
    {
        var trace = new Trace([], []);
        var decision = Decide(rights, question, trace);
        return new(decision, rights, trace.Matched, trace.CoveringScopes);
    }

    private static Decision Decide(Rights rights, Question question, Trace? trace)
    {
        var held = IsHeld(rights, question, trace?.Matched);
        if (!held && trace is null)
        {
            return new(DecidedBy.NoRule);
        }

        var covered = IsCovered(question, trace?.CoveringScopes);
        return new(!held ? DecidedBy.NoRule : covered ? DecidedBy.Role : DecidedBy.Scope);
    }

    private static bool IsHeld(Rights rights, Question question, List<HeldPermission>? matched)
    {
        var held = false;
        foreach (var candidate in rights.Permissions)
        {
            if (candidate.Permission.Matches(question.Resource, question.Action))
            {
                held = true;
                if (matched is null)
                {
                    break;
                }

                matched.Add(candidate);
            }
        }

        return held;
    }

    private static bool IsCovered(Question question, List<string>? covering)
    {
        var covered = question.Scopes.Count == 0;
        foreach (var scope in question.Scopes)
        {
            if (Scopes.LetsThrough(scope, question.Resource, question.Action))
            {
                covered = true;
                if (covering is null)
                {
                    break;
                }

                covering.Add(scope);
            }
        }

        return covered;
    }

    private sealed record Trace(List<HeldPermission> Matched, List<string> CoveringScopes);
}
