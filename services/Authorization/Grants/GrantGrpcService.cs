using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.Authorization.V1;

namespace McpSecure.Authorization;

/// <summary>Answers calls about direct grants.</summary>
internal sealed class GrantGrpcService(ChangeCalls calls, OrganizationGate organizations, GrantStore store, TimeProvider clock) : GrantService.GrantServiceBase
{
    private const string Resource = "grants";

    public override async Task<GrantPermissionResponse> GrantPermission(GrantPermissionRequest request, ServerCallContext context)
    {
        var principal = WireTypes.Read(request.Principal, "principal");
        var permission = WireTypes.Read(request.Permission, "permission");
        var expiresAt = WireTypes.ReadExpiry(request.ExpiresAt, clock.GetUtcNow());
        var result = await calls.RunAsync(
            context,
            new(Events.PermissionGranted, Grants.ResourceOf(principal), WireTypes.ReadOrganization(request.OrganizationId), Resource, "create", request.DryRun),
            change => Grants.GiveAsync(change, principal, permission, expiresAt));
        return new() { Grant = Write(result.Value), Revision = ChangeMessages.RevisionOf(result), DryRunResult = ChangeMessages.Write(result.Comparison) };
    }

    public override async Task<RevokeGrantResponse> RevokeGrant(RevokeGrantRequest request, ServerCallContext context)
    {
        var result = await calls.RunAsync(
            context,
            new(Events.GrantRevoked, $"grants/{request.GrantId}", WireTypes.ReadOrganization(request.OrganizationId), Resource, "delete", request.DryRun),
            change => Grants.RevokeAsync(change, Guid.Parse(request.GrantId)));
        return new() { Revision = ChangeMessages.RevisionOf(result), DryRunResult = ChangeMessages.Write(result.Comparison) };
    }

    public override async Task<ListGrantsResponse> ListGrants(ListGrantsRequest request, ServerCallContext context)
    {
        var principal = WireTypes.ReadOptional(request.Principal, "principal");
        var organization = WireTypes.ReadOrganization(request.OrganizationId);
        var after = PageTokens.Id(PageTokens.Read(request.PageToken, parts: 1)[0]);
        await organizations.RequireSelfOrReaderAsync(context, organization, principal, Resource);
        var size = PageTokens.Size(request.PageSize);
        var found = await store.ListAsync(organization, principal, after, size + 1, clock.GetUtcNow(), context.CancellationToken);
        var (page, next) = PageTokens.Cut(found, size, grant => [grant.Id.ToString()]);
        return new() { Grants = { page.Select(Write) }, NextPageToken = next };
    }

    private static V1.Grant Write(Grant grant) => new()
    {
        GrantId = grant.Id.ToString(),
        Principal = WireTypes.Write(grant.Principal),
        OrganizationId = grant.Organization?.ToString() ?? "",
        Permission = WireTypes.Write(grant.Permission),
        CreatedAt = grant.CreatedAt.ToTimestamp(),
        ExpiresAt = grant.ExpiresAt?.ToTimestamp(),
    };
}
