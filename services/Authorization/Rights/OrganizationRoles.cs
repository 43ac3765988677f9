using System.Collections.Concurrent;
using System.Collections.Frozen;

namespace McpSecure.Authorization;

/// <summary>The roles that can be held in one organization, or on the platform: the built-in ones, and those that it made for itself.</summary>
internal sealed class OrganizationRoles
{
    private static readonly FrozenDictionary<string, IndexedRole> BuiltIn =
        BuiltInRoles.All.ToFrozenDictionary(role => role.Name, role => new IndexedRole(role), StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, CompiledRole> compiled = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IndexedRole> custom;

    public OrganizationRoles(Guid organization, IReadOnlyList<Role> custom, Revision revision)
    {
        Organization = organization;
        Custom = custom;
        Revision = revision;
        this.custom = custom.ToDictionary(role => role.Name, role => new IndexedRole(role), StringComparer.Ordinal);
        HasBuiltInNames = this.custom.Keys.Any(BuiltIn.ContainsKey);
    }

    private OrganizationRoles()
    {
        Custom = [];
        Revision = new(long.MaxValue);
        custom = [];
    }

    /// <summary>Gets the roles of the platform itself: the built-in ones. They are of every revision.</summary>
    public static OrganizationRoles OfPlatform { get; } = new();

    /// <summary>Gets whose roles these are; null: the platform's.</summary>
    public Guid? Organization { get; }

    /// <summary>Gets the roles that the organization made for itself, by name.</summary>
    public IReadOnlyList<Role> Custom { get; }

    /// <summary>Gets the newest change that is in them.</summary>
    public Revision Revision { get; }

    /// <summary>Gets how much memory they take, as a number of permissions.</summary>
    public int Weight => 1 + Custom.Sum(role => 1 + role.Permissions.Count + role.Includes.Count);

    /// <summary>Gets whether one of them has the name of a built-in role.</summary>
    public bool HasBuiltInNames { get; }

    /// <summary>
    /// Finds a role by its name; null where there is none here, which allows nothing. The organization's own comes first: it is never named as a
    /// built-in one, so that it was there before that, and still means what it meant to those who hold it.
    /// </summary>
    public CompiledRole? Find(string name) =>
        FindOne(name) is null ? null : compiled.GetOrAdd(name, static (wanted, own) => CompiledRole.Compile(wanted, own.FindOne)!, this);

    /// <summary>Finds what a role that is held here means: everywhere it is a built-in one, whatever an organization calls its own.</summary>
    public CompiledRole? Find(HeldRole held) => (held.Organization is null ? OfPlatform : this).Find(held.Role);

    private IndexedRole? FindOne(string name) => custom.GetValueOrDefault(name) ?? BuiltIn.GetValueOrDefault(name);
}
