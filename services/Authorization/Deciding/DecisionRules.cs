namespace McpSecure.Authorization;

/// <summary>
/// Decides. Checking and explaining are one function, so that they cannot disagree. What no rule allows is denied, what one denies is denied
/// whatever allows it, and what is allowed must get through everything that narrows.
/// </summary>
internal static class DecisionRules
{
    /// <summary>Decides as far as is needed for an answer. Allocates nothing.</summary>
    public static Decision Decide(in Rights rights, in Question question) => Decide(rights, question, trace: null);

    /// <summary>Decides and tells everything that matched.</summary>
    public static Explanation Explain(in Rights rights, in Question question)
    {
        var trace = new Trace([], []);
        var decision = Decide(rights, question, trace);
        return new(decision, rights, question.SecondFactor, trace.Matched, trace.CoveringScopes);
    }

    private static Decision Decide(in Rights rights, in Question question, Trace? trace)
    {
        if (rights.Organization != question.Organization)
        {
            throw new InvalidOperationException("The rights were read for another organization than is asked about.");
        }

        var room = Asked.RoomFor(question.Resource);
        var asked = new Asked(question.Resource, question.Action, room <= 1024 ? stackalloc ulong[room] : new ulong[room]);
        var verdict = new Verdict(question.SecondFactor, trace?.Matched);
        foreach (var place in rights.Own.PlacesFor(rights.Organization))
        {
            place.Judge(asked, rights.Roles, ref verdict);
        }

        var by = verdict.ByRules;
        if (trace is null && by is DecidedBy.NoRule or DecidedBy.Deny)
        {
            return new(by);
        }

        // What a second factor would not help either is said first.
        var covered = IsCovered(question, trace?.CoveringScopes);
        return by is DecidedBy.NoRule or DecidedBy.Deny ? new(by)
            : !covered ? new(DecidedBy.Scope)
            : !IsWithin(question) ? new(DecidedBy.Narrowed)
            : new(by);
    }

    private static bool IsCovered(in Question question, List<string>? covering)
    {
        var covered = question.Scopes.Count == 0;
        for (var i = 0; i < question.Scopes.Count; i++)
        {
            if (Scopes.LetsThrough(question.Scopes[i], question.Resource, question.Action))
            {
                covered = true;
                if (covering is null)
                {
                    break;
                }

                covering.Add(question.Scopes[i]);
            }
        }

        return covered;
    }

    private static bool IsWithin(in Question question)
    {
        for (var i = 0; i < question.NarrowedTo.Count; i++)
        {
            if (question.NarrowedTo[i].Matches(question.Resource, question.Action))
            {
                return true;
            }
        }

        return question.NarrowedTo.Count == 0;
    }

    private sealed record Trace(List<Rule> Matched, List<string> CoveringScopes);
}
