using Grpc.Core;
using McpSecure.Authorization.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Answers questions about rights: reads them, finds out for whom they may be asked, asks the decider, writes the answers.</summary>
internal sealed class AuthorizationGrpcService(PermissionDecider decider, AllowedLists lists, RightsReader rights, ActorGate gate, Actors actors, DecisionTrail trail) : AuthorizationService.AuthorizationServiceBase
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
        await RequireMayAskAsync(context, principal, question.Organization);

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

    public override async Task<CheckPermissionsResponse> CheckPermissions(CheckPermissionsRequest request, ServerCallContext context)
    {
        var asked = request.Questions.Select((question, i) => WireTypes.Read(question, $"questions[{i}]")).ToArray();
        var atLeast = WireTypes.ReadRevision(request.AtLeastRevision);

        if (IsAskedByAPerson(context))
        {
            await actors.RequireSelfOrReaderAsync(context, [.. asked.Select(one => (one.Principal, one.Question.Organization))]);
        }

        var (decisions, revision) = await decider.CheckAsync(context, asked, atLeast);

        return new()
        {
            Answers = { decisions.Select(decision => new PermissionAnswer { Allowed = decision.Allowed, Reason = DecisionMessages.ReasonOf(decision.By) }) },
            Revision = revision.ToString(),
        };
    }

    public override async Task<ListPermissionsResponse> ListPermissions(ListPermissionsRequest request, ServerCallContext context)
    {
        var principal = WireTypes.Read(request.Principal, "principal");
        var organization = WireTypes.ReadOrganization(request.OrganizationId);
        var after = PageTokens.Read(request.PageToken, 1)[0];
        var atLeast = WireTypes.ReadRevision(request.AtLeastRevision);
        await RequireMayAskAsync(context, principal, organization);

        var known = await rights.ReadAsync(principal, organization, atLeast, context.CancellationToken);
        var size = PageTokens.Size(request.PageSize);
        var (page, next) = PageTokens.Cut(ListedRule.Behind(known.Rules(), after, size + 1), size, rule => [rule.Key]);
        Record(context, Events.PermissionsListed, organization, resource: "", action: "", principal, page.Count);

        return new() { Rules = { page.Select(listed => DecisionMessages.Write(listed.Rule)) }, NextPageToken = next, Revision = known.Revision.ToString() };
    }

    public override async Task<ListAllowedResourcesResponse> ListAllowedResources(ListAllowedResourcesRequest request, ServerCallContext context)
    {
        var principal = WireTypes.Read(request.Principal, "principal");
        WireTypes.RequireKnown(request.Scopes);
        var question = new Question("", request.Action, request.Scopes)
        {
            Organization = WireTypes.ReadOrganization(request.OrganizationId),
            SecondFactor = request.SecondFactor,
            NarrowedTo = WireTypes.ReadPatterns(request.NarrowedTo),
        };
        var after = PageTokens.Read(request.PageToken, 1)[0];
        var atLeast = WireTypes.ReadRevision(request.AtLeastRevision);
        await RequireMayAskAsync(context, principal, question.Organization);

        var page = await lists.ResourcesAsync(
            principal, question, request.ResourcePrefix, after, PageTokens.Size(request.PageSize), atLeast, context.CancellationToken);
        Record(context, Events.AllowedResourcesListed, question.Organization, request.ResourcePrefix, request.Action, principal, page.Items.Count);

        return new() { Resources = { page.Items }, NextPageToken = PageTokens.Write(page.Last, last => [last]), Revision = page.Revision.ToString() };
    }

    public override async Task<ListAllowedPrincipalsResponse> ListAllowedPrincipals(ListAllowedPrincipalsRequest request, ServerCallContext context)
    {
        var question = new Question(request.Resource, request.Action, [])
        {
            Organization = WireTypes.ReadOrganization(request.OrganizationId),
            SecondFactor = request.SecondFactor,
        };
        var after = PageTokens.Read(request.PageToken, 2);
        var atLeast = WireTypes.ReadRevision(request.AtLeastRevision);
        if (IsAskedByAPerson(context))
        {
            await gate.RequireAsync(context, Actors.RoleAssignments, "read", StepUp.NotRequired, question.Organization);
        }

        var page = await lists.PrincipalsAsync(
            question, (PageTokens.Kind(after[0]), after[1]), PageTokens.Size(request.PageSize), atLeast, context.CancellationToken);
        Record(context, Events.AllowedPrincipalsListed, question.Organization, request.Resource, request.Action, about: null, page.Items.Count);

        return new()
        {
            Principals = { page.Items.Select(WireTypes.Write) },
            NextPageToken = PageTokens.Write(page.Last, last => [$"{(short)last.Kind}", last.Id]),
            Revision = page.Revision.ToString(),
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

    private Task RequireMayAskAsync(ServerCallContext context, Principal about, Guid? organization) =>
        IsAskedByAPerson(context) ? actors.RequireSelfOrReaderAsync(context, about, organization) : Task.CompletedTask;

    private void Record(ServerCallContext context, string listed, Guid? organization, string resource, string action, Principal? about, int found) =>
        trail.Record(new ServiceDefaults.Decision(context, listed, resource)
        {
            Organization = organization?.ToString() ?? "",
            Facts = [new("principal", about?.ToString() ?? ""), new("action", action), new("found", $"{found}")],
        });
}
