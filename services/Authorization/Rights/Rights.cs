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

    /// <summary>
    /// Tells whether this holder, through these scopes, could use all of a role himself. One permission of his and, where he is narrowed,
    /// one of a scope's must each cover each permission of the role whole: what only several together cover is not held, and neither is what
    /// is denied him in part. What he may only do with a second factor does not cover what needs none.
    /// </summary>
    public bool Include(Role role, IReadOnlyCollection<string> scopes)
    {
        var rules = Rules().ToArray();
        return role.Permissions.All(wanted =>
            rules.Any(rule => Gives(rule, wanted))
            && !rules.Any(rule => Denies(rule, wanted))
            && (scopes.Count == 0 || scopes.Any(scope => Scopes.LetsAllThrough(scope, wanted))));
    }

    private static bool Gives(Rule rule, Permission wanted) =>
        rule is { Subtree: null, Permission.Effect: Effect.Allow }
        && (wanted.SecondFactor || !rule.Permission.SecondFactor)
        && rule.Permission.Covers(wanted);

    private static bool Denies(Rule rule, Permission wanted) =>
        rule.Permission.Effect == Effect.Deny
        && rule.Permission.Resource.Overlaps(wanted.Resource)
        && rule.Permission.Action.Overlaps(wanted.Action);
}
