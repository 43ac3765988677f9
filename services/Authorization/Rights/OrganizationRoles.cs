using System.Collections.Concurrent;

namespace McpSecure.Authorization;

/// <summary>The roles that can be held in one organization, or on the platform: the built-in ones, and those that it made for itself.</summary>
internal sealed class OrganizationRoles
{
    private static readonly ConcurrentDictionary<string, CompiledRole?> BuiltIn = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, CompiledRole?> compiled = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Role> custom;

    public OrganizationRoles(Guid organization, IReadOnlyList<Role> custom, Revision revision)
    {
        Organization = organization;
        Custom = custom;
        Revision = revision;
        this.custom = custom.ToDictionary(role => role.Name, StringComparer.Ordinal);
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

    /// <summary>Finds a role by its name; null where there is none here, which allows nothing. A built-in one comes first.</summary>
    public CompiledRole? Find(string name) => FindBuiltIn(name) ?? (custom.Count == 0 ? null : compiled.GetOrAdd(name, static (wanted, own) => own.Compile(wanted), this));

    private static CompiledRole? FindBuiltIn(string name) =>
        BuiltInRoles.Find(name) is null ? null : BuiltIn.GetOrAdd(name, static wanted => CompiledRole.Compile(wanted, BuiltInRoles.Find));

    private CompiledRole? Compile(string name) => CompiledRole.Compile(name, FindOne);

    private Role? FindOne(string name) => BuiltInRoles.Find(name) ?? custom.GetValueOrDefault(name);
}
