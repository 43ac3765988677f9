using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using static McpSecure.Authorization.Permission;

namespace McpSecure.Authorization;

/// <summary>
/// Sees to it that no change leaves the platform, or an organization, without a user who can mend things: decided by what users may do once the
/// change is there, not by the names of roles. API keys and services do not count, for they cannot sign in; nor does what expires.
/// </summary>
internal static class Administrators
{
    // Who may do everything, undenied everywhere, can undo whatever others did.
    private static readonly Permission[] OfPlatform = [.. On("*").Allow("*")];

    private static readonly Permission[] OfOrganization =
    [
        .. On("role-assignments").Allow("create", "delete"),
        .. On("members").Allow("create", "delete"),
    ];

    /// <summary>Refuses a change after which nobody administers, where it may have taken something.</summary>
    /// <exception cref="Refusal">LAST_ADMINISTRATOR.</exception>
    public static async Task RequireOneLeftAsync(RightsChange change)
    {
        if (!change.MayTake)
        {
            return;
        }

        if (change.Organization is { } organization)
        {
            if (!change.OrganizationDeleted)
            {
                await RequireOneLeftAsync(change, organization);
            }

            // Else an organization could tie the hands of whoever runs the platform.
            if (change.LaysDenial)
            {
                await RequireOneLeftOnPlatformAsync(change);
            }

            return;
        }

        await RequireOneLeftOnPlatformAsync(change);

        // What counts everywhere counts in organizations too.
        foreach (var concerned in await AdministratorStore.OrganizationsOfAsync(change, change.Principals))
        {
            await RequireOneLeftAsync(change, concerned);
        }
    }

    /// <summary>Tells whether a user administers the platform, other than one.</summary>
    public static Task<bool> IsThereBesidesAsync(RightsChange change, Principal? besides) =>
        ExistsAsync(
            change,
            organization: null,
            AdministratorStore.PlatformCandidatesAsync(change, Names(OrganizationRoles.OfPlatform, OfPlatform)).Where(candidate => candidate != besides),
            OfPlatform);

    private static async Task RequireOneLeftOnPlatformAsync(RightsChange change)
    {
        if (!await IsThereBesidesAsync(change, besides: null))
        {
            throw LastOne("Nobody would be left to run the platform: make another user an administrator first.");
        }
    }

    private static async Task RequireOneLeftAsync(RightsChange change, Guid organization)
    {
        var roles = await RightsStore.ReadRolesAsync(change.Transaction, organization, change.CancellationToken);
        var candidates = AdministratorStore.OrganizationCandidatesAsync(change, organization, Names(roles, OfOrganization));
        if (!await ExistsAsync(change, organization, candidates, OfOrganization))
        {
            throw LastOne("No member would be left to run the organization: make another one its administrator first.", ("organization_id", organization));
        }
    }

    // A role that allows nothing of what is needed makes nobody an administrator: most need not be looked at.
    private static string[] Names(OrganizationRoles roles, IReadOnlyList<Permission> needed) =>
    [
        .. from name in BuiltInRoles.All.Concat(roles.Custom).Select(role => role.Name)
           let compiled = roles.Find(name)
           where compiled is not null && compiled.Parts.Any(part => part.Role.Permissions.Any(
               permission => permission.Effect == Effect.Allow && needed.Any(wanted => new Region(permission).Covers(new Region(wanted)))))
           select name,
    ];

    private static async Task<bool> ExistsAsync(RightsChange change, Guid? organization, IAsyncEnumerable<Principal> candidates, IReadOnlyList<Permission> needed)
    {
        await foreach (var candidate in candidates)
        {
            // As one who could give it on to others, for good: who is denied something in an organization gives nothing of it everywhere.
            var authority = new Authority(candidate, [], SecondFactor: true);
            var holder = await GrantorReader.ReadAsync(change.Transaction, authority, organization, change.Now, change.CancellationToken);
            if (needed.All(wanted => holder.HoldsThere(new Region(wanted with { SecondFactor = true }), until: null)))
            {
                return true;
            }
        }

        return false;
    }

    private static Refusal LastOne(string message, params ReadOnlySpan<(string Name, object? Value)> facts) =>
        Refusal.Because(ErrorReason.LastAdministrator, message, facts);
}
