using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.Authorization.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Answers calls about organizations and their members.</summary>
internal sealed class OrganizationGrpcService(ChangeCalls calls, OrganizationGate organizations, ActorGate gate, OrganizationStore store)
    : OrganizationService.OrganizationServiceBase
{
    private const string Members = "members";

    public override async Task<CreateOrganizationResponse> CreateOrganization(CreateOrganizationRequest request, ServerCallContext context)
    {
        var displayName = DisplayText.Read(request.DisplayName, "display_name");
        var administrator = WireTypes.ReadOptional(request.Administrator, "administrator");
        if (administrator is { Kind: not PrincipalKind.User })
        {
            throw Refusal.InvalidField("administrator.type", "must be a user: others cannot sign in and mend things.");
        }

        var result = await calls.RunAsync(
            context,
            new(Events.OrganizationCreated, "organizations", Organization: null, "organizations", "create", request.DryRun),
            change => OrganizationChanges.CreateAsync(change, request.Name, displayName, administrator ?? change.Grantor.Principal));
        return new() { Organization = Write(result.Value), Revision = ChangeMessages.RevisionOf(result), DryRunResult = ChangeMessages.Write(result.Comparison) };
    }

    public override async Task<GetOrganizationResponse> GetOrganization(GetOrganizationRequest request, ServerCallContext context)
    {
        var id = Guid.Parse(request.OrganizationId);
        var actor = await gate.IdentifyAsync(context);
        var isTheirs = await store.IsMemberAsync(id, actor.Principal(), context.CancellationToken)
            || await gate.MayAsync(actor, OrganizationChanges.ResourceOf(id), "read", id, context.CancellationToken);
        var found = isTheirs ? await store.FindAsync(id, context.CancellationToken) : null;
        return new() { Organization = Write(found ?? throw OrganizationGate.NotFound(id)) };
    }

    public override async Task<ListOrganizationsResponse> ListOrganizations(ListOrganizationsRequest request, ServerCallContext context)
    {
        var after = PageTokens.Id(PageTokens.Read(request.PageToken, parts: 1)[0]);
        var actor = await gate.IdentifyAsync(context);
        var maySeeAll = await gate.MayAsync(actor, "organizations", "read", organization: null, context.CancellationToken);
        var size = PageTokens.Size(request.PageSize);
        var found = await store.ListAsync(after, maySeeAll ? null : actor.Principal(), size + 1, context.CancellationToken);
        var (page, next) = PageTokens.Cut(found, size, organization => [organization.Id.ToString()]);
        return new() { Organizations = { page.Select(Write) }, NextPageToken = next };
    }

    public override async Task<UpdateOrganizationResponse> UpdateOrganization(UpdateOrganizationRequest request, ServerCallContext context)
    {
        var id = Guid.Parse(request.OrganizationId);
        var displayName = DisplayText.Read(request.DisplayName, "display_name");
        var result = await calls.RunAsync(
            context, CallOf(Events.OrganizationUpdated, id, "update", request.DryRun), change => OrganizationChanges.RenameAsync(change, id, displayName));
        return new() { Organization = Write(result.Value), Revision = ChangeMessages.RevisionOf(result), DryRunResult = ChangeMessages.Write(result.Comparison) };
    }

    public override async Task<DeleteOrganizationResponse> DeleteOrganization(DeleteOrganizationRequest request, ServerCallContext context)
    {
        var id = Guid.Parse(request.OrganizationId);
        var result = await calls.RunAsync(
            context,
            CallOf(Events.OrganizationDeleted, id, "delete", request.DryRun),
            async change =>
            {
                await OrganizationChanges.DeleteAsync(change, id);
                return id;
            });
        return new() { Revision = ChangeMessages.RevisionOf(result), DryRunResult = ChangeMessages.Write(result.Comparison) };
    }

    public override async Task<AddMemberResponse> AddMember(AddMemberRequest request, ServerCallContext context)
    {
        var id = Guid.Parse(request.OrganizationId);
        var principal = WireTypes.Read(request.Principal, "principal");
        var result = await calls.RunAsync(
            context,
            new(Events.MemberAdded, OrganizationChanges.ResourceOf(id), id, Members, "create", request.DryRun),
            change => Membership.AddAsync(change, id, principal));
        return new() { Member = Write(result.Value), Revision = ChangeMessages.RevisionOf(result), DryRunResult = ChangeMessages.Write(result.Comparison) };
    }

    public override async Task<RemoveMemberResponse> RemoveMember(RemoveMemberRequest request, ServerCallContext context)
    {
        var id = Guid.Parse(request.OrganizationId);
        var principal = WireTypes.Read(request.Principal, "principal");
        var call = new ChangeCall(Events.MemberRemoved, OrganizationChanges.ResourceOf(id), id, Members, "delete", request.DryRun);

        // Who leaves needs no right, but a token that is not narrowed to something else; to whom it is no organization of his, it is not there.
        var actor = await gate.IdentifyAsync(context);
        var leaves = actor.Principal() == principal
            && (actor.Scopes.Count == 0 || actor.Scopes.Any(scope => Scopes.LetsThrough(scope, Members, "delete")))
            && await store.IsMemberAsync(id, principal, context.CancellationToken);
        var result = leaves ? await calls.RunForSelfAsync(context, call, actor, RemoveAsync) : await calls.RunAsync(context, call, RemoveAsync);
        return new() { Revision = ChangeMessages.RevisionOf(result), DryRunResult = ChangeMessages.Write(result.Comparison) };

        async Task<Principal> RemoveAsync(RightsChange change)
        {
            await Membership.RemoveAsync(change, id, principal);
            return principal;
        }
    }

    public override async Task<ListMembersResponse> ListMembers(ListMembersRequest request, ServerCallContext context)
    {
        var id = Guid.Parse(request.OrganizationId);
        var after = PageTokens.Read(request.PageToken, parts: 2);
        await organizations.RequireAsync(context, id, Members, "read", StepUp.NotRequired);
        await organizations.RequireThereAsync(id, context.CancellationToken);
        var size = PageTokens.Size(request.PageSize);
        var found = await store.ListMembersAsync(id, PageTokens.Kind(after[0]), after[1], size + 1, context.CancellationToken);
        var (page, next) = PageTokens.Cut(found, size, member => [$"{(int)member.Principal.Kind}", member.Principal.Id]);
        return new() { Members = { page.Select(Write) }, NextPageToken = next };
    }

    private static ChangeCall CallOf(string what, Guid id, string action, DryRun? dryRun) =>
        new(what, OrganizationChanges.ResourceOf(id), id, OrganizationChanges.ResourceOf(id), action, dryRun);

    private static V1.Organization Write(Organization organization) => new()
    {
        OrganizationId = organization.Id.ToString(),
        Name = organization.Name,
        DisplayName = organization.DisplayName,
        CreatedAt = organization.CreatedAt.ToTimestamp(),
    };

    private static V1.Member Write(Member member) => new() { Principal = WireTypes.Write(member.Principal), JoinedAt = member.JoinedAt.ToTimestamp() };
}
