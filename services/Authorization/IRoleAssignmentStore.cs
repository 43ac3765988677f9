using McpSecure.Audit.V1;

namespace McpSecure.Authorization;

/// <summary>Keeps who holds which role. Changes happen one after another, each with its audit event or not at all.</summary>
internal interface IRoleAssignmentStore
{
    /// <summary>Lists the roles of a principal, by role; empty where there are none.</summary>
    Task<IReadOnlyList<RoleAssignment>> ListAsync(Principal principal, CancellationToken cancellationToken);

    /// <summary>Gives a role if the grantor's rights of that moment allow it. Never answers <see cref="AssignResult.RoleUnknown"/>.</summary>
    Task<AssignResult> AssignAsync(RoleOrder order, CancellationToken cancellationToken);

    /// <summary>
    /// Takes a role if the grantor's rights of that moment allow it and a user remains who holds <see cref="BuiltInRoles.Administrator"/>.
    /// Never answers <see cref="UnassignResult.RoleUnknown"/>.
    /// </summary>
    Task<UnassignResult> UnassignAsync(RoleOrder order, CancellationToken cancellationToken);

    /// <summary>Makes a user an administrator if no user is one.</summary>
    Task<FirstAdministratorResult> AssignFirstAdministratorAsync(
        Guid userId, DateTimeOffset at, Func<RolesChanged, AuditEvent> describe, CancellationToken cancellationToken);
}
