using System.Collections.Frozen;
using static McpSecure.Authorization.Permission;

namespace McpSecure.Authorization;

/// <summary>
/// The roles that every platform has, as data. They are code, not rows: nobody can edit them, and a copy of the database brings none in.
/// </summary>
internal static class BuiltInRoles
{
    /// <summary>The name of the role that allows everything; one user always holds it.</summary>
    public const string Administrator = "admin";

    /// <summary>Gets all of them, by name.</summary>
    public static IReadOnlyList<Role> All { get; } =
    [
        new(Administrator, "Runs the platform: everything.",
        [
            .. On("*").Allow("*"),
        ]),
        new("api_user", "Calls the platform from other systems: uses servers and tools, switches scenarios, updates mock data.",
        [
            .. On("servers", "servers/*", "tools", "tools/*").Allow("read", "use"),
            .. On("scenarios", "scenarios/*").Allow("read", "switch"),
            .. On("mock_data", "mock_data/*").Allow("read", "update"),
        ]),
        new("developer", "Builds: makes, changes and uses servers and tools without deleting them, and makes API keys of his own.",
        [
            .. On("servers", "servers/*", "tools", "tools/*").Allow("create", "read", "update", "use"),
            .. On("scenarios", "scenarios/*", "webhooks", "webhooks/*").Allow("*"),
            .. On("mock_data", "mock_data/*").Allow("read", "update"),
            .. On("logs", "logs/*", "usage", "usage/*").Allow("read"),
            .. On("keyrings/service-tokens").Allow("encrypt", "decrypt"),
            .. On("api-keys").Allow("create"),
            .. On("roles").Allow("read"),
        ]),
        // Neither audit events nor changes to users: both would reach over the whole platform as long as no organization bounds them.
        new("organization_admin", "Runs an organization: its servers, tools and settings, its users' roles and API keys.",
        [
            .. On("servers", "servers/*", "tools", "tools/*", "scenarios", "scenarios/*", "webhooks", "webhooks/*").Allow("*"),
            .. On("mock_data", "mock_data/*", "organizations", "organizations/*").Allow("read", "update"),
            .. On("logs", "logs/*", "usage", "usage/*").Allow("read"),
            .. On("keyrings/service-tokens").Allow("read", "encrypt", "decrypt"),
            .. On("api-keys", "api-keys/*").Allow("create", "read", "update", "delete"),
            .. On("users").Allow("create", "read"),
            .. On("members", "role-assignments", "grants").Allow("create", "read", "delete"),
            .. On("roles").Allow("create", "read", "update", "delete"),
            .. On("resources").Allow("read"),
        ]),
        new("viewer", "Looks on and uses what is there; configures nothing.",
        [
            .. On("servers", "servers/*", "tools", "tools/*").Allow("read", "use"),
            .. On("scenarios", "scenarios/*", "logs", "logs/*").Allow("read"),
        ]),
    ];

    private static readonly FrozenDictionary<string, Role> ByName = All.ToFrozenDictionary(role => role.Name, StringComparer.Ordinal);

    /// <summary>Finds a role; null where none has this name.</summary>
    public static Role? Find(string name) => ByName.GetValueOrDefault(name);
}
