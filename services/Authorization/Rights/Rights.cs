namespace McpSecure.Authorization;

/// <summary>What a principal may do in one organization, or on the platform: what he holds, and what the roles mean there.</summary>
/// <param name="Own">What he holds.</param>
/// <param name="Roles">The roles of the organization in which is asked.</param>
internal readonly record struct Rights(PrincipalRights Own, OrganizationRoles Roles)
{
    /// <summary>Gets where is asked: an organization, or null, the platform itself.</summary>
    public Guid? Organization => Roles.Organization;

    /// <summary>Gets the newest change that is surely in both.</summary>
    public Revision Revision => Own.Revision < Roles.Revision ? Own.Revision : Roles.Revision;

    /// <summary>Gets the names of the roles held that count here, in order.</summary>
    public IReadOnlyList<string> RoleNames
    {
        get
        {
            var names = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var place in Own.PlacesFor(Organization))
            {
                names.UnionWith(place.Roles.Select(held => held.Role));
            }

            return [.. names];
        }
    }

    /// <summary>Gathers rights on the platform from roles that are held there without a limit.</summary>
    public static Rights Of(params IEnumerable<string> roles) => new(
        PrincipalRights.Compile(new([.. roles.Select(role => new HeldRole(role))], [], [], default), DateTimeOffset.MinValue), OrganizationRoles.OfPlatform);

    /// <summary>Lists every rule that counts here, whatever the question: by roles, by grants, by ownership.</summary>
    public IEnumerable<Rule> Rules()
    {
        foreach (var place in Own.PlacesFor(Organization))
        {
            foreach (var rule in place.Rules(Roles))
            {
                yield return rule;
            }
        }
    }
}
