using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Gives and takes roles, each within a change of an organization or of the platform. Nobody gives or takes more than he holds.</summary>
internal static class RoleAssignments
{
    private const int MostOfAPrincipal = 10_000;

    /// <summary>Names the roles of a principal as a resource of audit events.</summary>
    public static string ResourceOf(Principal principal) => $"role-assignments/{principal}";

    /// <summary>Gives a role. One that is held already stays as it is but for its expiry.</summary>
    /// <exception cref="Refusal">ROLE_NOT_FOUND, NOT_A_MEMBER, GRANT_EXCEEDS_GRANTOR or RIGHTS_LIMIT_REACHED.</exception>
    public static async Task<RoleAssignment> AssignAsync(RightsChange change, Principal principal, string role, string? subtree, DateTimeOffset? expiresAt)
    {
        var permissions = await PermissionsOfAsync(change, role);
        change.RequireHeldToGive(permissions, subtree, expiresAt);
        await MemberStore.RequireAsync(change, principal);
        var before = await RoleAssignmentStore.HeldAsync(change, principal);
        var there = Find(before, role, subtree);
        if (there is not null && there.ExpiresAt == expiresAt)
        {
            return there;
        }

        if (there is not null)
        {
            // A denial that ends sooner gives.
            change.RequireHeldToTake(permissions, subtree, there.ExpiresAt);
        }
        else if (before.Count >= MostOfAPrincipal)
        {
            throw Refusal.Because(ErrorReason.RightsLimitReached, "The principal holds as many roles as one may.", ("limit", MostOfAPrincipal));
        }

        var given = new RoleAssignment(principal, role, there?.AssignedAt ?? change.Now) { Organization = change.Organization, Subtree = subtree, ExpiresAt = expiresAt };
        await RoleAssignmentStore.DeleteAsync(change, principal, role, subtree);
        await RoleAssignmentStore.InsertAsync(change, given);
        Touch(change, permissions, subtree, given, before, [.. before.Where(held => held != there), given]);
        return given;
    }

    /// <summary>Takes a role.</summary>
    /// <exception cref="Refusal">ROLE_NOT_FOUND, GRANT_EXCEEDS_GRANTOR, whether or not it is held, or ASSIGNMENT_NOT_FOUND.</exception>
    public static async Task<RoleAssignment> UnassignAsync(RightsChange change, Principal principal, string role, string? subtree)
    {
        var permissions = await PermissionsOfAsync(change, role);
        var before = await RoleAssignmentStore.HeldAsync(change, principal);
        var there = Find(before, role, subtree);
        change.RequireHeldToTake(permissions, subtree, there?.ExpiresAt);
        if (there is null)
        {
            throw Refusal.Because(ErrorReason.AssignmentNotFound, "The principal does not hold this role there.", ("role", role));
        }

        await RoleAssignmentStore.DeleteAsync(change, principal, role, subtree);
        Touch(change, permissions, subtree, there, before, [.. before.Where(held => held != there)]);
        return there;
    }

    /// <summary>Makes a user the platform's first administrator, on the authority of whoever knows its one-time secret.</summary>
    /// <exception cref="Refusal">BOOTSTRAP_REFUSED.</exception>
    public static async Task<RoleAssignment> AssignFirstAdministratorAsync(RightsChange change, Principal user)
    {
        var before = await RoleAssignmentStore.HeldAsync(change, user);
        var holders = await RoleAssignmentStore.HoldersAsync(change, [BuiltInRoles.Administrator], limit: 1_000);
        if (holders.Exists(holder => holder.Kind == PrincipalKind.User && holder != user) || await Administrators.IsThereBesidesAsync(change, user))
        {
            throw Refusal.Because(ErrorReason.BootstrapRefused, "There is an administrator already.", ("role", BuiltInRoles.Administrator));
        }

        if (Find(before, BuiltInRoles.Administrator, subtree: null) is { ExpiresAt: null } there)
        {
            return there;
        }

        var given = new RoleAssignment(user, BuiltInRoles.Administrator, change.Now);
        await RoleAssignmentStore.DeleteAsync(change, user, BuiltInRoles.Administrator, subtree: null);
        await RoleAssignmentStore.InsertAsync(change, given);
        Touch(change, [], subtree: null, given, before, [.. before, given], ("bootstrap", "true"));
        return given;
    }

    /// <summary>Says that no role has a name, there.</summary>
    public static Refusal NotFound(string role) => Refusal.Because(ErrorReason.RoleNotFound, "No role has this name.", ("role", role));

    private static async Task<IReadOnlyList<Permission>> PermissionsOfAsync(RightsChange change, string role)
    {
        var roles = change.Organization is { } organization
            ? await RightsStore.ReadRolesAsync(change.Transaction, organization, change.CancellationToken)
            : OrganizationRoles.OfPlatform;
        return roles.Find(role) is { } found ? [.. found.Parts.SelectMany(part => part.Role.Permissions)] : throw NotFound(role);
    }

    private static RoleAssignment? Find(IEnumerable<RoleAssignment> held, string role, string? subtree) =>
        held.FirstOrDefault(assignment => assignment.Role == role && assignment.Subtree == subtree);

    private static void Touch(
        RightsChange change,
        IReadOnlyList<Permission> permissions,
        string? subtree,
        RoleAssignment assignment,
        IEnumerable<RoleAssignment> before,
        IEnumerable<RoleAssignment> after,
        params ReadOnlySpan<(string Name, string Value)> facts)
    {
        change.Touch(assignment.Principal);
        change.Takes();
        change.Concerns(permissions);
        change.Concerns(subtree);
        change.Describe(ResourceOf(assignment.Principal), Names(before), Names(after), [("role", assignment.Role), ("assignment", assignment.ToString()), .. facts]);
    }

    private static string Names(IEnumerable<RoleAssignment> assignments) =>
        string.Join(' ', assignments.Select(held => held.ToString()).Order(StringComparer.Ordinal));
}
