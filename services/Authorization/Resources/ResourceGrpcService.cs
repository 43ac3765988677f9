using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.Authorization.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Answers calls about registered resources and their owners.</summary>
internal sealed class ResourceGrpcService(
    ChangeCalls calls, OrganizationGate organizations, ActorGate gate, PermissionDecider decider, ResourceStore store) : ResourceService.ResourceServiceBase
{
    public override async Task<RegisterResourceResponse> RegisterResource(RegisterResourceRequest request, ServerCallContext context)
    {
        if (!request.Resource.Contains('/', StringComparison.Ordinal))
        {
            throw Refusal.InvalidField("resource", "must have two segments or more: who owned a whole kind would own what belongs to others.");
        }

        var owner = WireTypes.ReadOptional(request.Owner, "owner");
        var result = await RunAsync(
            context,
            CallOf(Events.ResourceRegistered, request.OrganizationId, request.Resource, "create", request.DryRun) with { StepUp = StepUp.NotRequired },
            change => Ownership.RegisterAsync(change, request.Resource, owner ?? change.Grantor.Principal));
        return new() { Resource = Write(result.Value), Revision = ChangeMessages.RevisionOf(result), DryRunResult = ChangeMessages.Write(result.Comparison) };
    }

    public override async Task<GetResourceResponse> GetResource(GetResourceRequest request, ServerCallContext context)
    {
        var organization = WireTypes.ReadOrganization(request.OrganizationId);
        var mayRead = ServiceOf(context) is { } service
            ? await MayAsync(context, service, organization, request.Resource)
            : await gate.MayAsync(await gate.IdentifyAsync(context), request.Resource, "read", organization, context.CancellationToken);
        var found = mayRead ? await store.FindAsync(organization, request.Resource, context.CancellationToken) : null;
        return new() { Resource = Write(found ?? throw Ownership.NotFound(request.Resource)) };
    }

    public override async Task<TransferResourceResponse> TransferResource(TransferResourceRequest request, ServerCallContext context)
    {
        var owner = WireTypes.Read(request.Owner, "owner");
        var result = await calls.RunAsync(
            context,
            CallOf(Events.ResourceTransferred, request.OrganizationId, request.Resource, "transfer", request.DryRun),
            change => Ownership.TransferAsync(change, request.Resource, owner));
        return new() { Resource = Write(result.Value), Revision = ChangeMessages.RevisionOf(result), DryRunResult = ChangeMessages.Write(result.Comparison) };
    }

    public override async Task<UnregisterResourceResponse> UnregisterResource(UnregisterResourceRequest request, ServerCallContext context)
    {
        var result = await RunAsync(
            context,
            CallOf(Events.ResourceUnregistered, request.OrganizationId, request.Resource, "delete", request.DryRun) with { StepUp = StepUp.NotRequired },
            async change =>
            {
                await Ownership.UnregisterAsync(change, request.Resource);
                return request.Resource;
            });
        return new() { Revision = ChangeMessages.RevisionOf(result), DryRunResult = ChangeMessages.Write(result.Comparison) };
    }

    public override async Task<ListResourcesResponse> ListResources(ListResourcesRequest request, ServerCallContext context)
    {
        var owner = WireTypes.ReadOptional(request.Owner, "owner");
        var organization = WireTypes.ReadOrganization(request.OrganizationId);
        var after = PageTokens.Read(request.PageToken, parts: 1)[0];
        await organizations.RequireSelfOrReaderAsync(context, organization, owner, "resources");
        var size = PageTokens.Size(request.PageSize);
        var found = await store.ListAsync(organization, owner, after, size + 1, context.CancellationToken);
        var (page, next) = PageTokens.Cut(found, size, resource => [resource.Path]);
        return new() { Resources = { page.Select(Write) }, NextPageToken = next };
    }

    private Task<ChangeResult<T>> RunAsync<T>(ServerCallContext context, ChangeCall call, Func<RightsChange, Task<T>> work) =>
        ServiceOf(context) is { } service ? calls.RunAsServiceAsync(context, call, service, work) : calls.RunAsync(context, call, work);

    // A call that carries anything that might be meant as a token is a user's, however broken that is: it must not do by the service's own rights
    // what the user may not.
    private static Principal? ServiceOf(ServerCallContext context) =>
        context.Peer().Name != Callers.CommandLineName && context.GetHttpContext().Request.Headers.Authorization.Count == 0
            ? Principal.Of(PrincipalKind.Service, context.Peer().Name)
            : null;

    private async Task<bool> MayAsync(ServerCallContext context, Principal service, Guid? organization, string resource) =>
        (await decider.CheckAsync(context, service, new Question(resource, "read", []) { Organization = organization }, atLeast: default)).Decision.Allowed;

    private static ChangeCall CallOf(string what, string organizationId, string resource, string action, DryRun? dryRun) =>
        new(what, resource, WireTypes.ReadOrganization(organizationId), resource, action, dryRun);

    private static V1.Resource Write(RegisteredResource resource) => new()
    {
        Resource_ = resource.Path,
        OrganizationId = resource.Organization?.ToString() ?? "",
        Owner = WireTypes.Write(resource.Owner),
        RegisteredAt = resource.RegisteredAt.ToTimestamp(),
    };
}
