namespace McpSecure.Authorization;

/// <summary>What a principal holds that counts in one place: everywhere, on the platform alone, or in one organization. Never changes.</summary>
internal sealed class Place
{
    private static readonly Permission Everything = Permission.On("*").Allow("*").Single();

    private readonly Holding[] whole;
    private readonly Dictionary<string, Holding[]> subtrees;
    private readonly HeldGrant[] grants;
    private readonly PermissionIndex grantIndex;
    private readonly Dictionary<string, OwnedResource> owned;

    public Place(HeldRole[] roles, HeldGrant[] grants, OwnedResource[] owned)
    {
        Roles = roles;
        this.grants = grants;
        whole = [.. roles.Where(held => held.Subtree is null).Select(Holding.Of)];
        subtrees = roles.Where(held => held.Subtree is not null)
            .GroupBy(held => held.Subtree!, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Select(Holding.Of).ToArray(), StringComparer.Ordinal);
        grantIndex = new PermissionIndex([.. grants.Select(grant => grant.Permission)]);
        this.owned = owned.ToDictionary(one => one.Resource, StringComparer.Ordinal);
    }

    /// <summary>Gets the roles held that count here.</summary>
    public IReadOnlyList<HeldRole> Roles { get; }

    /// <summary>Makes a place; null where nothing counts there.</summary>
    public static Place? OrNull(HeldRole[] roles, HeldGrant[] grants, OwnedResource[] owned) =>
        roles.Length + grants.Length + owned.Length == 0 ? null : new(roles, grants, owned);

    /// <summary>Holds a question against everything that counts here: roles, roles of a subtree, grants, ownership.</summary>
    public void Judge(in Asked asked, OrganizationRoles roles, ref Verdict verdict)
    {
        Judge(whole, asked, roles, ref verdict);
        if (subtrees.Count > 0)
        {
            var bySpan = subtrees.GetAlternateLookup<ReadOnlySpan<char>>();
            foreach (var above in new AtAndAbove(asked.Resource))
            {
                if (bySpan.TryGetValue(above, out var held))
                {
                    Judge(held, asked, roles, ref verdict);
                }
            }
        }

        grantIndex.Judge(asked, DecidedBy.Grant, ref verdict);
        foreach (var match in verdict.TakeMatches())
        {
            verdict.Tell(RuleOf(grants[match]));
        }

        if (owned.Count > 0 && verdict.Wants(Everything))
        {
            var bySpan = owned.GetAlternateLookup<ReadOnlySpan<char>>();
            foreach (var above in new AtAndAbove(asked.Resource))
            {
                if (bySpan.TryGetValue(above, out var resource))
                {
                    verdict.Take(Everything, DecidedBy.Owner);
                    if (verdict.IsTraced)
                    {
                        verdict.Tell(RuleOf(resource));
                    }
                }
            }
        }
    }

    /// <summary>Lists every rule that counts here.</summary>
    public IEnumerable<Rule> Rules(OrganizationRoles roles)
    {
        foreach (var held in Roles)
        {
            foreach (var part in roles.Find(held)?.Parts ?? [])
            {
                foreach (var permission in part.Role.Permissions)
                {
                    yield return RuleOf(held, part, permission);
                }
            }
        }

        foreach (var grant in grants)
        {
            yield return RuleOf(grant);
        }

        foreach (var resource in owned.Values)
        {
            yield return RuleOf(resource);
        }
    }

    private static void Judge(Holding[] holdings, in Asked asked, OrganizationRoles roles, ref Verdict verdict)
    {
        foreach (var holding in holdings)
        {
            if (holding.In(roles) is not { } role)
            {
                continue;
            }

            for (var i = 0; i < role.Parts.Count; i++)
            {
                var part = role.Parts[i];
                part.Indexed.Index.Judge(asked, DecidedBy.Role, ref verdict);
                foreach (var match in verdict.TakeMatches())
                {
                    verdict.Tell(RuleOf(holding.Held, part, part.Role.Permissions[match]));
                }
            }
        }
    }

    private static Rule RuleOf(HeldRole held, RolePart part, Permission permission) =>
        new(held.Organization, held.Subtree, permission, part.Origin, held.ExpiresAt);

    private static Rule RuleOf(HeldGrant grant) => new(grant.Organization, null, grant.Permission, new Origin.OfGrant(grant.Id), grant.ExpiresAt);

    private static Rule RuleOf(OwnedResource owned) =>
        new(owned.Organization, owned.Resource, Everything, new Origin.OfOwnership(owned.Resource), null);

    // What a built-in role is hardly ever depends on where it is held, so that it need not be looked up each time.
    private readonly record struct Holding(HeldRole Held, CompiledRole? BuiltIn)
    {
        public static Holding Of(HeldRole held) => new(held, OrganizationRoles.OfPlatform.Find(held.Role));

        public CompiledRole? In(OrganizationRoles roles) => BuiltIn is not null && !roles.HasBuiltInNames ? BuiltIn : roles.Find(Held);
    }
}
