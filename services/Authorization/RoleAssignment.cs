using McpSecure.Audit.V1;

namespace McpSecure.Authorization;

/// <summary>Who holds which role since when.</summary>
internal sealed record RoleAssignment(Principal Principal, string Role, DateTimeOffset AssignedAt);

/// <summary>An order to give or to take a role.</summary>
/// <param name="Principal">To or from whom.</param>
/// <param name="Role">The role's name.</param>
/// <param name="Grantor">On whose authority.</param>
/// <param name="IsWithin">Tells whether the grantor's rights, read in the same transaction, allow it.</param>
/// <param name="At">When.</param>
/// <param name="Describe">Makes the audit event that commits together with the change.</param>
internal sealed record RoleOrder(
    Principal Principal, string Role, Principal Grantor, Func<Rights, bool> IsWithin, DateTimeOffset At, Func<RolesChanged, AuditEvent> Describe);

/// <summary>The names of a principal's roles before and after a change.</summary>
internal sealed record RolesChanged(IReadOnlyList<string> Before, IReadOnlyList<string> After);

/// <summary>What became of an order to give a role.</summary>
internal abstract record AssignResult
{
    private AssignResult()
    {
    }

    /// <summary>The role is held; whether it was given now or held before.</summary>
    internal sealed record Held(RoleAssignment Assignment, bool IsNew) : AssignResult;

    internal sealed record RoleUnknown : AssignResult;

    internal sealed record BeyondGrantor : AssignResult;
}

/// <summary>What became of an order to take a role.</summary>
internal enum UnassignResult
{
    Unassigned,
    NotHeld,
    RoleUnknown,
    BeyondGrantor,
    LastAdministrator,
}

/// <summary>What became of the wish for a first administrator.</summary>
internal enum FirstAdministratorResult
{
    Granted,
    IsAdministratorAlready,
    AnotherExists,
}
