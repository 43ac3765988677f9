using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Grants permissions and takes them back, each within a change of an organization or of the platform. Nobody gives or takes more than he holds.</summary>
internal static class Grants
{
    private const int MostOfAPrincipal = 10_000;

    /// <summary>Names the grants of a principal as a resource of audit events.</summary>
    public static string ResourceOf(Principal principal) => $"grants/{principal}";

    /// <summary>Grants a permission. One that is granted already stays as it is but for its expiry.</summary>
    /// <exception cref="Refusal">NOT_A_MEMBER, GRANT_EXCEEDS_GRANTOR or RIGHTS_LIMIT_REACHED.</exception>
    public static async Task<Grant> GiveAsync(RightsChange change, Principal principal, Permission permission, DateTimeOffset? expiresAt)
    {
        change.RequireHeldToGive([permission], subtree: null, expiresAt);
        await MemberStore.RequireAsync(change, principal);
        var there = await GrantStore.FindAsync(change, principal, permission);
        if (there is not null && there.ExpiresAt == expiresAt)
        {
            return there;
        }

        if (there is not null)
        {
            // A denial that ends sooner gives.
            change.RequireHeldToTake([permission], subtree: null, there.ExpiresAt);
        }
        else if (await GrantStore.CountAsync(change, principal) >= MostOfAPrincipal)
        {
            throw Refusal.Because(ErrorReason.RightsLimitReached, "The principal has as many grants as one may.", ("limit", MostOfAPrincipal));
        }

        var given = there is null
            ? new Grant(Guid.CreateVersion7(change.Now), principal, change.Organization, permission, change.Now, expiresAt)
            : there with { ExpiresAt = expiresAt };
        await GrantStore.WriteAsync(change, given);
        Touch(change, given, before: there is null ? "" : Text(there), after: Text(given));
        return given;
    }

    /// <summary>Takes a grant back.</summary>
    /// <exception cref="Refusal">GRANT_NOT_FOUND or GRANT_EXCEEDS_GRANTOR.</exception>
    public static async Task<Grant> RevokeAsync(RightsChange change, Guid id)
    {
        var there = await GrantStore.FindAsync(change, id)
            ?? throw Refusal.Because(ErrorReason.GrantNotFound, "There is no such grant there.", ("grant_id", id));
        change.RequireHeldToTake([there.Permission], subtree: null, there.ExpiresAt);
        await GrantStore.DeleteAsync(change, id);
        Touch(change, there, before: Text(there), after: "");
        return there;
    }

    private static void Touch(RightsChange change, Grant grant, string before, string after)
    {
        change.Touch(grant.Principal);
        change.Takes();
        change.Concerns([grant.Permission]);
        change.Describe(ResourceOf(grant.Principal), before, after, ("grant_id", grant.Id.ToString()));
    }

    private static string Text(Grant grant) => grant.Permission.ToText() + ChangeMessages.Until(grant.ExpiresAt);
}
