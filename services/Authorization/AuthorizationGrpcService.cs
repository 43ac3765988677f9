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
        var started = await StartAsync(context, principal);

        return new() { Allowed = await decider.CheckAsync(principal, question, started, context.CancellationToken) };
    }

    public override async Task<ExplainPermissionResponse> ExplainPermission(ExplainPermissionRequest request, ServerCallContext context)
    {
        var (principal, question) = WireTypes.Read(request.Question);
        var started = await StartAsync(context, principal);

        var explanation = await decider.ExplainAsync(principal, question, started, context.CancellationToken);

        return new()
        {
            Allowed = explanation.Decision.Allowed,
            Reason = ReasonOf(explanation.Decision.By),
            Explanation = Sentence.Of(principal, question, explanation),
            MatchedRules =
            {
                explanation.Matched.Select(held => new MatchedRule
                {
                    Role = held.Role,
                    ResourcePattern = held.Permission.Resource.Text,
                    ActionPattern = held.Permission.Action.Text,
                }),
            },
            Roles = { explanation.Rights.Roles },
            CoveringScopes = { explanation.CoveringScopes },
        };
    }

    // Services and applications ask about whoever stands before them; at the command line a person asks, and not about everybody.
    private async Task<AuditEvent> StartAsync(ServerCallContext context, Principal about)
    {
        if (context.Peer().Name == Callers.CommandLineName)
        {
            await actors.RequireSelfOrReaderAsync(context, about);
            return events.Start(context, Events.PermissionChecked);
        }

        return events.Start(context, Events.PermissionChecked).By(WireTypes.TypeOf(about.Kind), about.Id);
    }

    private static DecisionReason ReasonOf(DecidedBy by) => by switch
    {
        DecidedBy.Role => DecisionReason.Role,
        DecidedBy.NoRule => DecisionReason.NoRule,
        DecidedBy.Scope => DecisionReason.Scope,
    };
}
