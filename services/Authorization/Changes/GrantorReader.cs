using Npgsql;

namespace McpSecure.Authorization;

/// <summary>Reads who changes rights, in the transaction of the change.</summary>
internal static class GrantorReader
{
    public static async Task<Grantor> ReadAsync(
        NpgsqlTransaction transaction, Authority authority, Guid? organization, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var holdings = await RightsStore.ReadAsync(transaction, authority.Principal, cancellationToken);
        var own = PrincipalRights.Compile(holdings, now);
        return new(
            authority,
            new Rights(own, await RolesAsync(transaction, organization, cancellationToken)),
            organization is null ? await DenialsAsync(transaction, holdings, own, cancellationToken) : []);
    }

    // What is denied to him in single organizations, where he changes what counts in all.
    private static async Task<IReadOnlyList<Rule>> DenialsAsync(
        NpgsqlTransaction transaction, Holdings holdings, PrincipalRights own, CancellationToken cancellationToken)
    {
        var denials = new List<Rule>();
        foreach (var organization in holdings.Roles.Select(held => held.Organization).Concat(holdings.Grants.Select(held => held.Organization)).OfType<Guid>().Distinct())
        {
            var there = new Rights(own, await RolesAsync(transaction, organization, cancellationToken));
            denials.AddRange(there.Rules().Where(rule => rule.Permission.Effect == Effect.Deny));
        }

        return denials;
    }

    private static async Task<OrganizationRoles> RolesAsync(NpgsqlTransaction transaction, Guid? organization, CancellationToken cancellationToken) =>
        organization is { } id ? await RightsStore.ReadRolesAsync(transaction, id, cancellationToken) : OrganizationRoles.OfPlatform;
}
