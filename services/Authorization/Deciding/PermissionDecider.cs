using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Answers who may do what. An error on the way leaves as an exception, which is a denial to every caller.</summary>
internal sealed class PermissionDecider(RightsReader rights, DecisionTrail trail)
{
    /// <summary>Decides, and records the decision before it is answered.</summary>
    public async ValueTask<(Decision Decision, Revision Revision)> CheckAsync(
        Principal principal, Question question, Revision atLeast, AuditEvent started, CancellationToken cancellationToken)
    {
        var known = await rights.ReadAsync(principal, question.Organization, atLeast, cancellationToken);
        var decision = DecisionRules.Decide(known, question);
        trail.Record(Describe(started, principal, question, decision));
        return (decision, known.Revision);
    }

    /// <summary>Decides as <see cref="CheckAsync"/> does, with the same record, and tells everything that matched.</summary>
    public async ValueTask<Explanation> ExplainAsync(
        Principal principal, Question question, Revision atLeast, AuditEvent started, CancellationToken cancellationToken)
    {
        var explanation = DecisionRules.Explain(await rights.ReadAsync(principal, question.Organization, atLeast, cancellationToken), question);
        trail.Record(Describe(started, principal, question, explanation.Decision));
        return explanation;
    }

    private static AuditEvent Describe(AuditEvent started, Principal principal, Question question, Decision decision)
    {
        var described = started.On(question.Resource).With("principal", principal.ToString()).With("action", question.Action);
        if (question.Organization is { } organization)
        {
            described.In(organization.ToString());
        }

        if (question.Scopes.Count > 0)
        {
            described.With("scopes", string.Join(' ', question.Scopes));
        }

        return decision.Allowed ? described : described.Denied(ReasonOf(decision.By));
    }

    private static string ReasonOf(DecidedBy by) => by switch
    {
        DecidedBy.Role => "ROLE",
        DecidedBy.Grant => "GRANT",
        DecidedBy.Owner => "OWNER",
        DecidedBy.NoRule => "NO_RULE",
        DecidedBy.Deny => "DENY",
        DecidedBy.Scope => "SCOPE",
        DecidedBy.Narrowed => "NARROWED",
        DecidedBy.SecondFactor => "SECOND_FACTOR",
    };
}
