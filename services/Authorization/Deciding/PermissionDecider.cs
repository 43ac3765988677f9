using System.Runtime.InteropServices;
using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>
/// Answers who may do what and records each decision before it is answered. An error on the way leaves as an exception, which is a denial to
/// every caller. Whoever's rights are in memory is decided about without waiting.
/// </summary>
internal sealed class PermissionDecider(RightsReader rights, DecisionTrail trail)
{
    /// <summary>Says for the log whom a decision is about.</summary>
    public static DecisionSubject SubjectOf(Principal principal) => new(WireTypes.TypeOf(principal.Kind), principal.Id, name: "", organizationId: "");

    /// <summary>Decides in a call.</summary>
    public ValueTask<Answer> CheckAsync(ServerCallContext context, Principal principal, Question question, Revision atLeast)
    {
        return rights.TryGet(principal, question.Organization, atLeast, out var known)
            ? new(Check(context, principal, question, known))
            : ReadAndCheckAsync(context, principal, question, atLeast);
    }

    /// <summary>Decides in a call on rights that were read.</summary>
    public Answer Check(ServerCallContext context, Principal principal, in Question question, in Rights known)
    {
        var decision = DecisionRules.Decide(known, question);
        Record(context, principal, question, known, decision);
        return new(decision, known.Revision);
    }

    /// <summary>Decides many questions in a call, each recorded as a check is; all about one principal on the same moment.</summary>
    public async Task<(IReadOnlyList<Decision> Decisions, Revision Revision)> CheckAsync(
        ServerCallContext context, IReadOnlyList<(Principal Principal, Question Question)> asked, Revision atLeast)
    {
        // The platform, which is no organization, is not among the keys of a dictionary.
        var organizations = new Dictionary<Guid, OrganizationRoles>();
        foreach (var organization in asked.Select(one => one.Question.Organization).OfType<Guid>().Distinct())
        {
            organizations[organization] = await rights.ReadRolesAsync(organization, atLeast, context.CancellationToken);
        }

        var revision = new Revision(long.MaxValue);
        var decisions = new Decision[asked.Count];

        // One after the other, so that not what all of them hold must be in memory at once.
        foreach (var about in Enumerable.Range(0, asked.Count).GroupBy(i => asked[i].Principal))
        {
            var own = await rights.ReadOwnAsync(about.Key, atLeast, context.CancellationToken);
            foreach (var i in about)
            {
                var question = asked[i].Question;
                var known = new Rights(own, question.Organization is { } id ? organizations[id] : OrganizationRoles.OfPlatform);
                var answer = Check(context, about.Key, question, known);
                decisions[i] = answer.Decision;
                revision = answer.Revision < revision ? answer.Revision : revision;
            }
        }

        return (decisions, revision);
    }

    /// <summary>Decides as a check does, with the same record, and tells everything that matched.</summary>
    public async ValueTask<Explanation> ExplainAsync(ServerCallContext context, Principal principal, Question question, Revision atLeast)
    {
        var known = await rights.ReadAsync(principal, question.Organization, atLeast, context.CancellationToken);
        var explanation = DecisionRules.Explain(known, question);
        Record(context, principal, question, known, explanation.Decision);
        return explanation;
    }

    /// <summary>Decides about an actor of this service's own gate, in an event that was started.</summary>
    public async ValueTask<Decision> CheckAsync(Principal principal, Question question, AuditEvent started, CancellationToken cancellationToken)
    {
        var decision = DecisionRules.Decide(await rights.ReadAsync(principal, question.Organization, atLeast: default, cancellationToken), question);
        started.On(question.Resource).In(OrganizationOf(question)).With("action", question.Action);
        if (question.Scopes.Count > 0)
        {
            started.With("scopes", string.Join(' ', question.Scopes));
        }

        trail.Record(decision.Allowed ? started : started.Denied(ReasonOf(decision.By)));
        return decision;
    }

    private async ValueTask<Answer> ReadAndCheckAsync(ServerCallContext context, Principal principal, Question question, Revision atLeast) =>
        Check(context, principal, question, await rights.ReadAsync(principal, question.Organization, atLeast, context.CancellationToken));

    // The event's actor is about whom is asked, unless a user asks: then a fact says about whom.
    private void Record(ServerCallContext context, Principal principal, in Question question, in Rights known, Decision decision)
    {
        var recorded = new ServiceDefaults.Decision(context, Events.PermissionChecked, question.Resource)
        {
            Organization = OrganizationOf(question),
            Outcome = decision.Allowed ? Outcome.Success : Outcome.Denied,
            Severity = decision.Allowed ? Severity.Info : Severity.Warning,
            Reason = decision.Allowed ? "" : ReasonOf(decision.By),
        };
        Span<KeyValuePair<string, string>> facts = [new("action", question.Action), default, default];
        var count = 1;
        if (recorded.HasActor)
        {
            facts[count++] = new("principal", principal.ToString());
        }
        else
        {
            recorded = recorded with { Subject = known.Own.Subject ?? SubjectOf(principal) };
        }

        if (question.Scopes.Count > 0)
        {
            facts[count++] = new("scopes", string.Join(' ', question.Scopes));
        }

        trail.Record(recorded with { Facts = facts[..count] });
    }

    private static string OrganizationOf(in Question question) => question.Organization?.ToString() ?? "";

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

/// <summary>A decision, and the newest change that it surely heeds.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Answer(Decision Decision, Revision Revision);
