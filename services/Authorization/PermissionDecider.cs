using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Answers who may do what. An error on the way leaves as an exception, which is a denial to every caller.</summary>
internal sealed class PermissionDecider(RightsReader rights, DecisionTrail trail)
{
    /// <summary>Decides, and records the decision before it is answered.</summary>
    public async ValueTask<bool> CheckAsync(Principal principal, Question question, AuditEvent started, CancellationToken cancellationToken)
    {
        var decision = DecisionRules.Decide(await rights.ReadAsync(principal, cancellationToken), question);
        trail.Record(Describe(started, principal, question, decision));
        return decision.Allowed;
    }

    /// <summary>Decides as <see cref="CheckAsync"/> does, with the same record, and tells everything that matched.</summary>
    public async ValueTask<Explanation> ExplainAsync(Principal principal, Question question, AuditEvent started, CancellationToken cancellationToken)
    {
        var explanation = DecisionRules.Explain(await rights.ReadAsync(principal, cancellationToken), question);
        trail.Record(Describe(started, principal, question, explanation.Decision));
        return explanation;
    }

    private static AuditEvent Describe(AuditEvent started, Principal principal, Question question, Decision decision)
    {
        var described = started.On(question.Resource).With("principal", principal.ToString()).With("action", question.Action);
        if (question.Scopes.Count > 0)
        {
            described.With("scopes", string.Join(' ', question.Scopes));
        }

        return decision.By switch
        {
            DecidedBy.Role => described,
            DecidedBy.NoRule => described.Denied("NO_RULE"),
            DecidedBy.Scope => described.Denied("SCOPE"),
        };
    }
}
