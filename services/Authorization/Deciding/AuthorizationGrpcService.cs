using Grpc.Core;
using McpSecure.Authorization.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Answers questions about rights: reads them, finds out for whom they may be asked, asks the decider, writes the answers.</summary>
internal sealed class AuthorizationGrpcService(PermissionDecider decider, Actors actors) : AuthorizationService.AuthorizationServiceBase
{
    public override Task<CheckPermissionResponse> CheckPermission(CheckPermissionRequest request, ServerCallContext context)
    {
        var (principal, question) = WireTypes.Read(request.Question);
        var atLeast = WireTypes.ReadRevision(request.AtLeastRevision);
        if (IsAskedByAPerson(context))
        {
            return CheckForPersonAsync(context, principal, question, atLeast);
        }

        var checking = decider.CheckAsync(context, principal, question, atLeast);
        return checking.IsCompletedSuccessfully ? Task.FromResult(DecisionMessages.Write(checking.Result)) : WriteAsync(checking);
    }

    public override async Task<ExplainPermissionResponse> ExplainPermission(ExplainPermissionRequest request, ServerCallContext context)
    {
        var (principal, question) = WireTypes.Read(request.Question);
        var atLeast = WireTypes.ReadRevision(request.AtLeastRevision);
        if (IsAskedByAPerson(context))
        {
            await actors.RequireSelfOrReaderAsync(context, principal, question.Organization);
        }

        var explanation = await decider.ExplainAsync(context, principal, question, atLeast);

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
    private static bool IsAskedByAPerson(ServerCallContext context) => context.Peer().Name == Callers.CommandLineName;

    private async Task<CheckPermissionResponse> CheckForPersonAsync(ServerCallContext context, Principal principal, Question question, Revision atLeast)
    {
        await actors.RequireSelfOrReaderAsync(context, principal, question.Organization);
        return DecisionMessages.Write(await decider.CheckAsync(context, principal, question, atLeast));
    }

    private static async Task<CheckPermissionResponse> WriteAsync(ValueTask<Answer> checking) => DecisionMessages.Write(await checking);
}
