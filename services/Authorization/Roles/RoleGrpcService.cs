using Grpc.Core;
using McpSecure.Authorization.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Answers calls about roles and who holds them.</summary>
internal sealed class RoleGrpcService(
    ChangeCalls calls, OrganizationGate organizations, CustomRoleStore roles, RoleAssignmentStore assignments, TimeProvider clock) : RoleService.RoleServiceBase
{
    public override async Task<ListRolesResponse> ListRoles(ListRolesRequest request, ServerCallContext context)
    {
        var organization = WireTypes.ReadOrganization(request.OrganizationId);
        var after = PageTokens.Read(request.PageToken, parts: 1)[0];
        await organizations.RequireAsync(context, organization, "roles", "read", StepUp.NotRequired);
        var size = PageTokens.Size(request.PageSize);
        List<CustomRole> custom = [];
        if (organization is { } id)
        {
            await organizations.RequireThereAsync(id, context.CancellationToken);
            custom = await roles.ListAsync(id, after, size + 1, context.CancellationToken);
        }

        var found = BuiltInRoles.All.Where(role => string.CompareOrdinal(role.Name, after) > 0).Select(RoleMessages.Write)
            .Concat(custom.Select(RoleMessages.Write))
            .OrderBy(role => role.Name, StringComparer.Ordinal)
            .Take(size + 1)
            .ToArray();
        var (page, next) = PageTokens.Cut(found, size, role => [role.Name]);
        return new() { Roles = { page }, NextPageToken = next };
    }

    public override async Task<GetRoleResponse> GetRole(GetRoleRequest request, ServerCallContext context)
    {
        var organization = WireTypes.ReadOrganization(request.OrganizationId);
        await organizations.RequireAsync(context, organization, "roles", "read", StepUp.NotRequired);
        if (organization is { } there)
        {
            await organizations.RequireThereAsync(there, context.CancellationToken);
        }

        if (organization is { } id && await roles.FindAsync(id, request.Name, context.CancellationToken) is { } custom)
        {
            return new() { Role = RoleMessages.Write(custom) };
        }

        return new() { Role = RoleMessages.Write(BuiltInRoles.Find(request.Name) ?? throw RoleAssignments.NotFound(request.Name)) };
    }

    public override async Task<CreateRoleResponse> CreateRole(CreateRoleRequest request, ServerCallContext context)
    {
        var organization = Guid.Parse(request.OrganizationId);
        var role = RoleMessages.Read(request.Name, request.Definition);
        var result = await calls.RunAsync(
            context,
            new(Events.RoleCreated, RoleChanges.ResourceOf(role.Name), organization, "roles", "create", request.DryRun),
            change => RoleChanges.CreateAsync(change, organization, role));
        return new() { Role = RoleMessages.Write(result.Value), Revision = ChangeMessages.RevisionOf(result), DryRunResult = ChangeMessages.Write(result.Comparison) };
    }

    public override async Task<UpdateRoleResponse> UpdateRole(UpdateRoleRequest request, ServerCallContext context)
    {
        var organization = Guid.Parse(request.OrganizationId);
        var role = RoleMessages.Read(request.Name, request.Definition);
        var expected = WireTypes.ReadRevision(request.ExpectedRevision, "expected_revision");
        var result = await calls.RunAsync(
            context,
            new(Events.RoleUpdated, RoleChanges.ResourceOf(role.Name), organization, "roles", "update", request.DryRun),
            change => RoleChanges.UpdateAsync(change, organization, role, expected));
        return new() { Role = RoleMessages.Write(result.Value), Revision = ChangeMessages.RevisionOf(result), DryRunResult = ChangeMessages.Write(result.Comparison) };
    }

    public override async Task<DeleteRoleResponse> DeleteRole(DeleteRoleRequest request, ServerCallContext context)
    {
        var organization = Guid.Parse(request.OrganizationId);
        Revision? expected = request.ExpectedRevision.Length == 0 ? null : WireTypes.ReadRevision(request.ExpectedRevision, "expected_revision");
        var result = await calls.RunAsync(
            context,
            new(Events.RoleDeleted, RoleChanges.ResourceOf(request.Name), organization, "roles", "delete", request.DryRun),
            async change =>
            {
                await RoleChanges.DeleteAsync(change, organization, request.Name, expected);
                return request.Name;
            });
        return new() { Revision = ChangeMessages.RevisionOf(result), DryRunResult = ChangeMessages.Write(result.Comparison) };
    }

    public override async Task<AssignRoleResponse> AssignRole(AssignRoleRequest request, ServerCallContext context)
    {
        var principal = WireTypes.Read(request.Principal, "principal");
        var expiresAt = WireTypes.ReadExpiry(request.ExpiresAt, clock.GetUtcNow());
        var subtree = request.Subtree.Length == 0 ? null : request.Subtree;
        var result = await calls.RunAsync(
            context,
            new(Events.RoleAssigned, RoleAssignments.ResourceOf(principal), WireTypes.ReadOrganization(request.OrganizationId), Actors.RoleAssignments, "create", request.DryRun),
            change => RoleAssignments.AssignAsync(change, principal, request.Role, subtree, expiresAt));
        return new()
        {
            Assignment = RoleMessages.Write(result.Value),
            Revision = ChangeMessages.RevisionOf(result),
            DryRunResult = ChangeMessages.Write(result.Comparison),
        };
    }

    public override async Task<UnassignRoleResponse> UnassignRole(UnassignRoleRequest request, ServerCallContext context)
    {
        var principal = WireTypes.Read(request.Principal, "principal");
        var subtree = request.Subtree.Length == 0 ? null : request.Subtree;
        var result = await calls.RunAsync(
            context,
            new(Events.RoleUnassigned, RoleAssignments.ResourceOf(principal), WireTypes.ReadOrganization(request.OrganizationId), Actors.RoleAssignments, "delete", request.DryRun),
            change => RoleAssignments.UnassignAsync(change, principal, request.Role, subtree));
        return new() { Revision = ChangeMessages.RevisionOf(result), DryRunResult = ChangeMessages.Write(result.Comparison) };
    }

    public override async Task<ListRoleAssignmentsResponse> ListRoleAssignments(ListRoleAssignmentsRequest request, ServerCallContext context)
    {
        var principal = WireTypes.ReadOptional(request.Principal, "principal");
        var organization = WireTypes.ReadOrganization(request.OrganizationId);
        var after = PageTokens.Read(request.PageToken, parts: 4);
        if (context.Peer().Name != Callers.AuthName)
        {
            await organizations.RequireSelfOrReaderAsync(context, organization, principal, Actors.RoleAssignments);
        }

        var size = PageTokens.Size(request.PageSize);
        var found = await assignments.ListAsync(
            new AssignmentFilter(organization, principal, request.Role.Length == 0 ? null : request.Role),
            (after[0], PageTokens.Kind(after[1]), after[2], after[3]),
            size + 1,
            clock.GetUtcNow(),
            context.CancellationToken);
        var (page, next) = PageTokens.Cut(found, size, held => [held.Role, $"{(int)held.Principal.Kind}", held.Principal.Id, held.Subtree ?? ""]);
        return new() { Assignments = { page.Select(RoleMessages.Write) }, NextPageToken = next };
    }

    public override async Task<GrantFirstAdministratorResponse> GrantFirstAdministrator(GrantFirstAdministratorRequest request, ServerCallContext context)
    {
        var user = Principal.User(Guid.Parse(request.UserId));
        await calls.RunUnjudgedAsync(
            context,
            new(Events.RoleAssigned, RoleAssignments.ResourceOf(user), Organization: null, Actors.RoleAssignments, "create", DryRun: null),
            user,
            change => RoleAssignments.AssignFirstAdministratorAsync(change, user));
        return new();
    }
}
