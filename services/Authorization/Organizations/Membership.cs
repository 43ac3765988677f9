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

    /// <summary>Ends a membership, and what is held by it: by the member himself, unless that freed him of a denial, or by who holds all of that.</summary>
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
        var taken = rights.Rules().ToLookup(rule => rule.Organization == organization);
        foreach (var rule in taken[true].Where(rule => principal != change.Grantor.Principal || taken[false].Any(kept => IsHeldBack(kept, rule))))
        {
            change.RequireHeldToTake([rule.Permission], rule.Subtree, rule.ExpiresAt);
        }

        var roles = (await RoleAssignmentStore.HeldAsync(change, principal)).Select(held => held.ToString());
        var grants = taken[true].Where(rule => rule.Origin is Origin.OfGrant).Select(rule => rule.Permission.ToText() + ChangeMessages.Until(rule.ExpiresAt));
        await MemberStore.DeleteAsync(change, organization, principal);
        change.Touch(principal);
        change.Takes();
        change.Concerns(taken[true].Select(rule => rule.Permission));
        change.Describe(ResourceOf(organization, principal), before: $"member: {string.Join(' ', roles.Concat(grants))}", after: "");
    }

    // What counts everywhere counts here without a membership too: who leaves must not get back of it what is denied to him.
    private static bool IsHeldBack(Rule kept, Rule denial) =>
        kept.Permission.Effect == Effect.Allow && Held.Denies(denial, new Region(kept.Permission, kept.Subtree));

    private static string ResourceOf(Guid organization, Principal principal) => $"organizations/{organization}/members/{principal}";
}
