using McpSecure.Audit.V1;

namespace McpSecure.Authorization.Tests;

/// <summary>Keeps role assignments in memory, for the rules' tests; held to the same contract as Postgres.</summary>
internal sealed class InMemoryRoleAssignmentStore : IRoleAssignmentStore
{
    private readonly Lock change = new();
    private readonly List<RoleAssignment> assignments = [];

    public List<AuditEvent> Events { get; } = [];

    public int Reads { get; private set; }

    public Task<IReadOnlyList<RoleAssignment>> ListAsync(Principal principal, CancellationToken cancellationToken)
    {
        lock (change)
        {
            Reads++;
            return Task.FromResult(Held(principal));
        }
    }

    public Task<AssignResult> AssignAsync(RoleOrder order, CancellationToken cancellationToken)
    {
        lock (change)
        {
            if (!order.IsWithin(Rights.Of(Held(order.Grantor).Select(held => held.Role))))
            {
                return Task.FromResult<AssignResult>(new AssignResult.BeyondGrantor());
            }

            if (Held(order.Principal).FirstOrDefault(held => held.Role == order.Role) is { } there)
            {
                return Task.FromResult<AssignResult>(new AssignResult.Held(there, IsNew: false));
            }

            return Task.FromResult<AssignResult>(new AssignResult.Held(Add(order.Principal, order.Role, order.At, order.Describe), IsNew: true));
        }
    }

    public Task<UnassignResult> UnassignAsync(RoleOrder order, CancellationToken cancellationToken)
    {
        lock (change)
        {
            return Task.FromResult(Unassign(order));
        }
    }

    public Task<FirstAdministratorResult> AssignFirstAdministratorAsync(
        Guid userId, DateTimeOffset at, Func<RolesChanged, AuditEvent> describe, CancellationToken cancellationToken)
    {
        lock (change)
        {
            var user = Principal.User(userId);
            if (HasOtherAdministrator(user))
            {
                return Task.FromResult(FirstAdministratorResult.AnotherExists);
            }

            if (Names(Held(user)).Contains(BuiltInRoles.Administrator))
            {
                return Task.FromResult(FirstAdministratorResult.IsAdministratorAlready);
            }

            Add(user, BuiltInRoles.Administrator, at, describe);
            return Task.FromResult(FirstAdministratorResult.Granted);
        }
    }

    private UnassignResult Unassign(RoleOrder order)
    {
        if (!order.IsWithin(Rights.Of(Held(order.Grantor).Select(held => held.Role))))
        {
            return UnassignResult.BeyondGrantor;
        }

        var before = Held(order.Principal);
        if (before.FirstOrDefault(held => held.Role == order.Role) is not { } there)
        {
            return UnassignResult.NotHeld;
        }

        if (order.Role == BuiltInRoles.Administrator && order.Principal.Kind == PrincipalKind.User && !HasOtherAdministrator(order.Principal))
        {
            return UnassignResult.LastAdministrator;
        }

        Events.Add(order.Describe(new(Names(before), Names(before.Where(held => held != there)))));
        assignments.Remove(there);
        return UnassignResult.Unassigned;
    }

    private RoleAssignment Add(Principal principal, string role, DateTimeOffset at, Func<RolesChanged, AuditEvent> describe)
    {
        var before = Held(principal);
        var added = new RoleAssignment(principal, role, at);
        Events.Add(describe(new(Names(before), Names(before.Append(added)))));
        assignments.Add(added);
        return added;
    }

    private bool HasOtherAdministrator(Principal user) => assignments.Any(held =>
        held.Role == BuiltInRoles.Administrator && held.Principal.Kind == PrincipalKind.User && held.Principal != user);

    private IReadOnlyList<RoleAssignment> Held(Principal principal) =>
        [.. assignments.Where(held => held.Principal == principal).OrderBy(held => held.Role, StringComparer.Ordinal)];

    private static string[] Names(IEnumerable<RoleAssignment> held) =>
        [.. held.Select(assignment => assignment.Role).Order(StringComparer.Ordinal)];
}
