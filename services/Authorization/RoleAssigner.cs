using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Gives and takes roles. Nobody gives or takes more than he holds, and an administrator always remains.</summary>
internal sealed class RoleAssigner(IRoleAssignmentStore store, RightsReader rights, TimeProvider clock)
{
    /// <summary>Gives a role on a grantor's authority, narrowed by the scopes of the token he uses.</summary>
    public async Task<AssignResult> AssignAsync(
        Principal principal, string role, Principal grantor, IReadOnlyCollection<string> scopes, AuditEvent started, CancellationToken cancellationToken)
    {
        if (BuiltInRoles.Find(role) is not { } known)
        {
            return new AssignResult.RoleUnknown();
        }

        var result = await store.AssignAsync(OrderOf(principal, known, grantor, scopes, started), cancellationToken);
        if (result is AssignResult.Held { IsNew: true })
        {
            await rights.ForgetAsync(principal);
        }

        return result;
    }

    /// <summary>Takes a role on a grantor's authority, narrowed by the scopes of the token he uses.</summary>
    public async Task<UnassignResult> UnassignAsync(
        Principal principal, string role, Principal grantor, IReadOnlyCollection<string> scopes, AuditEvent started, CancellationToken cancellationToken)
    {
        if (BuiltInRoles.Find(role) is not { } known)
        {
            return UnassignResult.RoleUnknown;
        }

        var result = await store.UnassignAsync(OrderOf(principal, known, grantor, scopes, started), cancellationToken);
        if (result == UnassignResult.Unassigned)
        {
            await rights.ForgetAsync(principal);
        }

        return result;
    }

    /// <summary>Makes a user the first administrator, on the authority of whoever knows the platform's one-time secret.</summary>
    public async Task<FirstAdministratorResult> AssignFirstAdministratorAsync(Guid userId, AuditEvent started, CancellationToken cancellationToken)
    {
        var user = Principal.User(userId);
        var result = await store.AssignFirstAdministratorAsync(
            userId, clock.GetUtcNow(), changed => Describe(started, user, BuiltInRoles.Administrator, changed).With("bootstrap", "true"), cancellationToken);
        if (result == FirstAdministratorResult.Granted)
        {
            await rights.ForgetAsync(user);
        }

        return result;
    }

    /// <summary>Names the roles of a principal as a resource of audit events.</summary>
    public static string ResourceOf(Principal principal) => $"role-assignments/{principal}";

    private RoleOrder OrderOf(Principal principal, Role role, Principal grantor, IReadOnlyCollection<string> scopes, AuditEvent started) =>
        new(
            principal,
            role.Name,
            grantor,
            IsWithin: held => held.Include(role, scopes),
            At: clock.GetUtcNow(),
            Describe: changed => Describe(started, principal, role.Name, changed));

    private static AuditEvent Describe(AuditEvent started, Principal principal, string role, RolesChanged changed) =>
        started
            .At(Severity.Warning)
            .On(ResourceOf(principal))
            .With("role", role)
            .With("before", string.Join(' ', changed.Before))
            .With("after", string.Join(' ', changed.After));
}
