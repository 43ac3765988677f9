using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Makes, replaces and deletes the roles of an organization, each within a change. Who changes a role holds all that comes or goes.</summary>
internal static class RoleChanges
{
    private const int MostOfAnOrganization = 1_000;
    private const int MostGathered = 1_000;

    // Permissions and roles together. Each permission is held against all that a grantor has, under the lock of all changes.
    private const int MostWithin = 1_000;

    /// <summary>Names a role as a resource of audit events.</summary>
    public static string ResourceOf(string role) => $"roles/{role}";

    /// <summary>Makes a role.</summary>
    /// <exception cref="Refusal">ROLE_EXISTS, ROLE_NOT_FOUND, ROLE_CYCLE, ROLE_TOO_DEEP, GRANT_EXCEEDS_GRANTOR or RIGHTS_LIMIT_REACHED.</exception>
    public static async Task<CustomRole> CreateAsync(RightsChange change, Guid organization, Role role)
    {
        var before = await RightsStore.ReadRolesAsync(change.Transaction, organization, change.CancellationToken);
        if (before.Find(role.Name) is not null)
        {
            throw Refusal.Because(ErrorReason.RoleExists, "The name is taken.", ("role", role.Name));
        }

        if (before.Custom.Count >= MostOfAnOrganization)
        {
            throw Refusal.Because(ErrorReason.RightsLimitReached, "The organization has as many roles as one may.", ("limit", MostOfAnOrganization));
        }

        var after = With(before, role, change.Next);
        var written = new CustomRole(Guid.CreateVersion7(change.Now), organization, role, change.Next, change.Now, change.Now);
        change.RequireHeldToGive(PermissionsOf(after, role.Name), subtree: null, expiresAt: null);
        await CustomRoleStore.WriteAsync(change, written);
        change.TouchRoles([], andMore: false);
        change.Describe(ResourceOf(role.Name), before: "", after: Text(role));
        return written;
    }

    /// <summary>Replaces a role as a whole.</summary>
    /// <exception cref="Refusal">
    /// ROLE_BUILT_IN, ROLE_NOT_FOUND, ROLE_REVISION_CONFLICT, ROLE_CYCLE, ROLE_TOO_DEEP, GRANT_EXCEEDS_GRANTOR or
    /// RIGHTS_LIMIT_REACHED.
    /// </exception>
    public static async Task<CustomRole> UpdateAsync(RightsChange change, Guid organization, Role role, Revision expected)
    {
        var there = await RequireAsync(change, organization, role.Name, expected);
        var before = await RightsStore.ReadRolesAsync(change.Transaction, organization, change.CancellationToken);
        var after = With(before, role, change.Next);
        var (had, has) = (PermissionsOf(before, role.Name), PermissionsOf(after, role.Name));
        Permission[] added = [.. has.Where(permission => !had.Exists(permission.IsSameAs))];
        Permission[] removed = [.. had.Where(permission => !has.Exists(permission.IsSameAs))];
        change.RequireHeldToGive(added, subtree: null, expiresAt: null);
        change.RequireHeldToTake(removed, subtree: null, expiresAt: null);

        var written = there with { Role = role, Revision = change.Next, ChangedAt = change.Now };
        await CustomRoleStore.WriteAsync(change, written);
        var holders = await RoleAssignmentStore.HoldersAsync(change, NamesOfThoseWith(after, role.Name), MostGathered + 1);
        change.TouchRoles(holders.Take(MostGathered), andMore: holders.Count > MostGathered);
        change.Takes();
        change.Concerns([.. added, .. removed]);
        change.Describe(ResourceOf(role.Name), Text(there.Role), Text(role), ("removed", Text(removed)), ("added", Text(added)));
        return written;
    }

    /// <summary>Deletes a role that nobody holds and none includes.</summary>
    /// <exception cref="Refusal">ROLE_BUILT_IN, ROLE_NOT_FOUND, ROLE_REVISION_CONFLICT or ROLE_IN_USE.</exception>
    public static async Task DeleteAsync(RightsChange change, Guid organization, string name, Revision? expected)
    {
        var there = await RequireAsync(change, organization, name, expected);
        var roles = await RightsStore.ReadRolesAsync(change.Transaction, organization, change.CancellationToken);
        if (roles.Custom.FirstOrDefault(role => role.Includes.Contains(name, StringComparer.Ordinal)) is { } including)
        {
            throw Refusal.Because(ErrorReason.RoleInUse, "Another role includes it.", ("role", name), ("included_by", including.Name));
        }

        if ((await RoleAssignmentStore.HoldersAsync(change, [name], limit: 1)).Count > 0)
        {
            throw Refusal.Because(ErrorReason.RoleInUse, "Somebody holds it.", ("role", name));
        }

        await CustomRoleStore.DeleteAsync(change, there);
        change.TouchRoles([], andMore: false);
        change.Describe(ResourceOf(name), Text(there.Role), after: "");
    }

    private static async Task<CustomRole> RequireAsync(RightsChange change, Guid organization, string name, Revision? expected)
    {
        var there = await CustomRoleStore.FindAsync(change, organization, name)
            ?? throw (BuiltInRoles.Find(name) is null
                ? RoleAssignments.NotFound(name)
                : Refusal.Because(ErrorReason.RoleBuiltIn, "Built-in roles are not changed.", ("role", name)));
        return expected is null || there.Revision == expected
            ? there
            : throw Refusal.Because(
                ErrorReason.RoleRevisionConflict, "Somebody has changed the role since it was read.", ("role", name), ("revision", there.Revision));
    }

    private static OrganizationRoles With(OrganizationRoles before, Role role, Revision revision)
    {
        Role[] all = [.. before.Custom.Where(other => other.Name != role.Name), role];
        RoleInclusion.Check(all.ToDictionary(one => one.Name, StringComparer.Ordinal), role);
        var after = new OrganizationRoles(before.Organization!.Value, all, revision);
        if (NamesOfThoseWith(after, role.Name).FirstOrDefault(name => WeightOf(after, name) > MostWithin) is { } tooMuch)
        {
            throw Refusal.Because(
                ErrorReason.RightsLimitReached, "The role, with all that it includes, has too many permissions and roles.", ("role", tooMuch), ("limit", MostWithin));
        }

        return after;
    }

    private static List<Permission> PermissionsOf(OrganizationRoles roles, string name) =>
        [.. roles.Find(name)!.Parts.SelectMany(part => part.Role.Permissions)];

    private static int WeightOf(OrganizationRoles roles, string name) => roles.Find(name)!.Parts.Sum(part => 1 + part.Role.Permissions.Count);

    private static string[] NamesOfThoseWith(OrganizationRoles roles, string name) =>
        [.. roles.Custom.Select(role => role.Name).Where(other => roles.Find(other)!.Parts.Any(part => part.Role.Name == name))];

    private static string Text(Role role) => string.Join(' ', role.Includes.Select(included => $"+{included}").Prepend(Text(role.Permissions)).Where(part => part.Length > 0));

    private static string Text(IEnumerable<Permission> permissions) => string.Join(' ', permissions.Select(permission => permission.ToText()));
}
