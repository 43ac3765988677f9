using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Begins and ends memberships, each within a change of the organization.</summary>
internal static class Membership
{
    /// <summary>Makes a principal a member; who is one already stays as he is.</summary>
    public static async Task<Member> AddAsync(RightsChange change, Guid organization, Principal principal)
    {
        if (await MemberStore.FindAsync(change, organization, principal) is { } member)
        {
            return member;
        }

        await MemberStore.InsertAsync(change, organization, principal);
        change.Touch(principal);
        change.Describe(ResourceOf(organization, principal), before: "", after: "member");
        return new(principal, change.Now);
    }

    /// <summary>Ends a membership, and what is held by it: by the member himself, or by who holds all of that.</summary>
    /// <exception cref="Refusal">MEMBER_NOT_FOUND, MEMBER_OWNS_RESOURCES or GRANT_EXCEEDS_GRANTOR.</exception>
    public static async Task RemoveAsync(RightsChange change, Guid organization, Principal principal)
    {
        if (await MemberStore.FindAsync(change, organization, principal) is null)
        {
            throw Refusal.Because(ErrorReason.MemberNotFound, "The principal is no member of the organization.", ("principal", principal));
        }

        var owned = (long)(await Sql.ScalarAsync(
            change.Transaction,
            "SELECT count(*) FROM resources WHERE organization_id = $1 AND owner_kind = $2 AND owner_id = $3",
            change.CancellationToken,
            organization,
            (short)principal.Kind,
            principal.Id))!;
        if (owned > 0)
        {
            throw Refusal.Because(ErrorReason.MemberOwnsResources, "The member owns resources: transfer them first.", ("resources", owned));
        }

        var rights = await RightsStore.ReadRightsAsync(change.Transaction, principal, organization, change.Now, change.CancellationToken);
        Rule[] taken = [.. rights.Rules().Where(rule => rule.Organization == organization)];
        if (principal != change.Grantor.Principal)
        {
            foreach (var rule in taken)
            {
                change.RequireHeldToTake([rule.Permission], rule.Subtree, rule.ExpiresAt);
            }
        }

        await MemberStore.DeleteAsync(change, organization, principal);
        change.Touch(principal);
        change.Takes();
        change.Concerns(taken.Select(rule => rule.Permission));
        change.Describe(ResourceOf(organization, principal), before: $"member: {string.Join(' ', rights.RoleNames)}", after: "");
    }

    private static string ResourceOf(Guid organization, Principal principal) => $"organizations/{organization}/members/{principal}";
}
