using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>What a principal holds, ready to be asked: without what has expired, sorted by where it counts. Never changes.</summary>
internal sealed class PrincipalRights
{
    private readonly Place? everywhere;
    private readonly Place? platform;
    private readonly Dictionary<Guid, Place> organizations;

    private PrincipalRights(Place? everywhere, Place? platform, Dictionary<Guid, Place> organizations, Revision revision, DateTimeOffset? nextExpiry, int weight)
    {
        this.everywhere = everywhere;
        this.platform = platform;
        this.organizations = organizations;
        Revision = revision;
        NextExpiry = nextExpiry;
        Weight = weight;
    }

    /// <summary>Gets the newest change that is in them.</summary>
    public Revision Revision { get; }

    /// <summary>Gets when something in them expires first, from which time on they must not be used; null: never.</summary>
    public DateTimeOffset? NextExpiry { get; }

    /// <summary>Gets how much memory they take, as a number of grants.</summary>
    public int Weight { get; }

    /// <summary>Gets whose they are, as the log wants it; null where they are not for answers.</summary>
    public DecisionSubject? Subject { get; private init; }

    /// <summary>Compiles what is not expired at a time.</summary>
    public static PrincipalRights Compile(Holdings holdings, DateTimeOffset now, DecisionSubject? subject = null)
    {
        HeldRole[] roles = [.. holdings.Roles.Where(held => !(held.ExpiresAt <= now))];
        HeldGrant[] grants = [.. holdings.Grants.Where(held => !(held.ExpiresAt <= now))];
        var rolesOf = roles.ToLookup(held => held.Organization);
        var grantsOf = grants.ToLookup(held => held.Organization);
        var ownedOf = holdings.Owned.ToLookup(owned => owned.Organization);
        var byOrganization = rolesOf.Select(held => held.Key)
            .Concat(grantsOf.Select(held => held.Key))
            .Concat(ownedOf.Select(owned => owned.Key))
            .OfType<Guid>()
            .Distinct()
            .ToDictionary(id => id, id => new Place([.. rolesOf[id]], [.. grantsOf[id]], [.. ownedOf[id]]));
        return new(
            Place.OrNull([.. rolesOf[null]], [.. grantsOf[null]], []),
            Place.OrNull([], [], [.. ownedOf[null]]),
            byOrganization,
            holdings.Revision,
            roles.Select(held => held.ExpiresAt).Concat(grants.Select(held => held.ExpiresAt)).Min(),
            weight: 4 + roles.Length + grants.Length + holdings.Owned.Count)
        {
            Subject = subject,
        };
    }

    /// <summary>Gets what counts in an organization, or on the platform: what counts everywhere first.</summary>
    public PlacesOf PlacesFor(Guid? organization) =>
        new(everywhere, organization is { } id ? organizations.GetValueOrDefault(id) : platform);

    /// <summary>Goes over the places that count, without an allocation.</summary>
    internal struct PlacesOf(Place? first, Place? second)
    {
        private int step;

        public Place Current { get; private set; } = null!;

        public readonly PlacesOf GetEnumerator() => this;

        public bool MoveNext()
        {
            while (step < 2)
            {
                if ((step++ == 0 ? first : second) is { } place)
                {
                    Current = place;
                    return true;
                }
            }

            return false;
        }
    }
}
