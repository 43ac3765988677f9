using System.Diagnostics;
using Grpc.Core;
using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Answers calls about roles: lets the right actors pass, calls the assigner, writes the answers.</summary>
internal sealed class RoleGrpcService(
    RoleAssigner assigner, IRoleAssignmentStore store, ActorGate gate, Actors actors, AuditEvents events, DecisionTrail trail) : RoleService.RoleServiceBase
{
    public override async Task<ListRolesResponse> ListRoles(ListRolesRequest request, ServerCallContext context)
    {
        await gate.RequireAsync(context, "roles", "read", StepUp.NotRequired);
        return new() { Roles = { BuiltInRoles.All.Select(WireTypes.Write) } };
    }

    public override async Task<AssignRoleResponse> AssignRole(AssignRoleRequest request, ServerCallContext context)
    {
        var principal = WireTypes.Read(request.Principal, "principal");
        var actor = await gate.RequireAsync(context, Actors.RoleAssignments, "create", StepUp.Required);
        var started = events.Start(context, Events.RoleAssigned);

        var result = await assigner.AssignAsync(principal, request.Role, actor.Principal(), actor.Scopes, started, context.CancellationToken);

        return result switch
        {
            AssignResult.Held(var assignment, _) => new() { Assignment = WireTypes.Write(assignment) },
            AssignResult.RoleUnknown => throw RoleNotFound(request.Role),
            AssignResult.BeyondGrantor => throw Denied(started, principal, request.Role, ErrorReason.GrantExceedsGrantor, "You hold less than this role does."),
            _ => throw new UnreachableException(),
        };
    }

    public override async Task<UnassignRoleResponse> UnassignRole(UnassignRoleRequest request, ServerCallContext context)
    {
        var principal = WireTypes.Read(request.Principal, "principal");
        var actor = await gate.RequireAsync(context, Actors.RoleAssignments, "delete", StepUp.Required);
        var started = events.Start(context, Events.RoleUnassigned);

        var result = await assigner.UnassignAsync(principal, request.Role, actor.Principal(), actor.Scopes, started, context.CancellationToken);

        return result switch
        {
            UnassignResult.Unassigned => new(),
            UnassignResult.NotHeld => throw Refusal.Because(ErrorReason.AssignmentNotFound, "The principal does not hold this role.", ("role", request.Role)),
            UnassignResult.RoleUnknown => throw RoleNotFound(request.Role),
            UnassignResult.BeyondGrantor => throw Denied(started, principal, request.Role, ErrorReason.GrantExceedsGrantor, "You hold less than this role does."),
            UnassignResult.LastAdministrator => throw Denied(
                started, principal, request.Role, ErrorReason.LastAdministrator, "Nobody would be left to run the platform: make another user an administrator first."),
        };
    }

    public override async Task<ListRoleAssignmentsResponse> ListRoleAssignments(ListRoleAssignmentsRequest request, ServerCallContext context)
    {
        var principal = WireTypes.Read(request.Principal, "principal");
        if (context.Peer().Name != Callers.AuthName)
        {
            await actors.RequireSelfOrReaderAsync(context, principal);
        }

        var assignments = await store.ListAsync(principal, context.CancellationToken);
        return new() { Assignments = { assignments.Select(WireTypes.Write) } };
    }

    public override async Task<GrantFirstAdministratorResponse> GrantFirstAdministrator(GrantFirstAdministratorRequest request, ServerCallContext context)
    {
        var started = events.Start(context, Events.RoleAssigned);

        var result = await assigner.AssignFirstAdministratorAsync(Guid.Parse(request.UserId), started, context.CancellationToken);

        return result switch
        {
            FirstAdministratorResult.Granted or FirstAdministratorResult.IsAdministratorAlready => new(),
            FirstAdministratorResult.AnotherExists => throw Denied(
                started, Principal.User(Guid.Parse(request.UserId)), BuiltInRoles.Administrator, ErrorReason.BootstrapRefused, "There is an administrator already."),
        };
    }

    private static Refusal RoleNotFound(string role) => Refusal.Because(ErrorReason.RoleNotFound, "No role has this name.", ("role", role));

    // A refused change of rights is worth a line in the log: it may be somebody's try at more than is his.
    private Refusal Denied(Audit.V1.AuditEvent started, Principal principal, string role, ErrorReason reason, string message)
    {
        trail.Record(started.On(RoleAssigner.ResourceOf(principal)).With("role", role).Denied(reason));
        return Refusal.Because(reason, message, ("role", role));
    }
}
