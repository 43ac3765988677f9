namespace McpSecure.ApiKey;

/// <summary>Says which keys a transaction may see and change; row-level security keeps the others from it. Whatever one of its parts shows is shown.</summary>
internal sealed record RowScope
{
    private RowScope()
    {
    }

    /// <summary>Gets the scope of all keys: for what an administrator may, and for the service's own upkeep.</summary>
    public static RowScope Administrator { get; } = new() { IsAdministrator = true };

    public Guid? Owner { get; private init; }

    public Guid? Organization { get; private init; }

    public ApiKeyId? Key { get; private init; }

    public IReadOnlyList<KeyLookup> Lookups { get; private init; } = [];

    public bool IsAdministrator { get; private init; }

    /// <summary>Makes the scope of an owner's keys and, where one is given, those of an organization.</summary>
    public static RowScope OfOwner(Guid owner, Guid? organization = null) => new() { Owner = owner, Organization = organization };

    /// <summary>Makes the scope of an organization's keys.</summary>
    public static RowScope OfOrganization(Guid organization) => new() { Organization = organization };

    /// <summary>Makes the scope of one key, which can be seen and changed in it.</summary>
    public static RowScope OfKey(ApiKeyId key) => new() { Key = key };

    /// <summary>Makes the scope of the imported key that one of these finds, which can be seen in it.</summary>
    public static RowScope OfLookups(IReadOnlyList<KeyLookup> lookups) => new() { Lookups = lookups };

    /// <summary>Tells whether a key can be changed in this scope.</summary>
    public bool Holds(ApiKeyRecord key) =>
        IsAdministrator || Key == key.Id || Owner == key.OwnerId || (Organization is { } organization && key.OrganizationId == organization);
}
