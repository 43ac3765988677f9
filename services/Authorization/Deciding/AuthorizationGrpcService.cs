using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Authorization.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Answers questions about rights: reads them, finds out for whom they may be asked, asks the decider, writes the answers.</summary>
internal sealed class AuthorizationGrpcService(PermissionDecider decider, Actors actors, AuditEvents events) : AuthorizationService.AuthorizationServiceBase
{
    public override async Task<CheckPermissionResponse> CheckPermission(CheckPermissionRequest request, ServerCallContext context)
    {
        var (principal, question) = WireTypes.Read(request.Question);
        var atLeast = WireTypes.ReadRevision(request.AtLeastRevision);
        var started = await StartAsync(context, principal, question.Organization);

        var (decision, revision) = await decider.CheckAsync(principal, question, atLeast, started, context.CancellationToken);

        return new() { Allowed = decision.Allowed, Reason = DecisionMessages.ReasonOf(decision.By), Revision = revision.ToString() };
    }

    public override async Task<ExplainPermissionResponse> ExplainPermission(ExplainPermissionRequest request, ServerCallContext context)
    {
        var (principal, question) = WireTypes.Read(request.Question);
        var atLeast = WireTypes.ReadRevision(request.AtLeastRevision);
        var started = await StartAsync(context, principal, question.Organization);

        var explanation = await decider.ExplainAsync(principal, question, atLeast, started, context.CancellationToken);

        return new()
        {
            Allowed = explanation.Decision.Allowed,
            Reason = DecisionMessages.ReasonOf(explanation.Decision.By),
            Explanation = Sentence.Of(principal, question, explanation),
            MatchedRules = { explanation.Matched.Select(DecisionMessages.Write) },
            Roles = { explanation.Rights.RoleNames },
            CoveringScopes = { explanation.CoveringScopes },
            DecidingRule = explanation.Deciding is { } deciding ? DecisionMessages.Write(deciding) : null,
            Revision = explanation.Rights.Revision.ToString(),
        };
    }

    // Services and applications ask about whoever stands before them; at the command line a person asks, and not about everybody.
    private async Task<AuditEvent> StartAsync(ServerCallContext context, Principal about, Guid? organization)
    {
        if (context.Peer().Name == Callers.CommandLineName)
        {
            await actors.RequireSelfOrReaderAsync(context, about, organization);
            return events.Start(context, Events.PermissionChecked);
        }

        return events.Start(context, Events.PermissionChecked).By(WireTypes.TypeOf(about.Kind), about.Id);
    }
}
