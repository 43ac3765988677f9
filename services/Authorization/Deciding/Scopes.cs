using System.Collections.Frozen;
using static McpSecure.Authorization.Permission;

namespace McpSecure.Authorization;

/// <summary>
/// The nine scopes of tokens and API keys and what each lets through, as data. A scope gives nothing: of what the holder may do anyway it
/// lets through what matches. Scopes in use together let through what any of them does; none includes another.
/// </summary>
internal static class Scopes
{
    /// <summary>Gets what each scope lets through, by the scope's name.</summary>
    public static FrozenDictionary<string, IReadOnlyList<Permission>> Meaning { get; } =
        new Dictionary<string, IReadOnlyList<Permission>>(StringComparer.Ordinal)
        {
            // Use MCP services.
            ["mcp:read"] =
            [
                .. On("servers", "servers/*", "tools", "tools/*", "scenarios", "scenarios/*").Allow("read", "use"),
                .. On("webhooks", "webhooks/*", "mock_data", "mock_data/*", "logs", "logs/*").Allow("read"),
            ],

            // Configure and change MCP services, the encrypted tokens they are configured with among them.
            ["mcp:write"] =
            [
                .. On("servers", "servers/*", "tools", "tools/*", "webhooks", "webhooks/*").Allow("create", "update", "delete"),
                .. On("scenarios", "scenarios/*").Allow("create", "update", "delete", "switch"),
                .. On("mock_data", "mock_data/*").Allow("update"),
                .. On("keyrings/service-tokens").Allow("encrypt", "decrypt"),
            ],

            // Manage what all MCP services share: keys.
            ["mcp:admin"] =
            [
                .. On("keyrings", "keyrings/*").Allow("*"),
            ],

            // Read user profiles.
            ["user:read"] =
            [
                .. On("users", "users/*").Allow("read"),
            ],

            // Update user profiles.
            ["user:write"] =
            [
                .. On("users", "users/*").Allow("update"),
            ],

            // Manage API keys.
            ["user:token"] =
            [
                .. On("api-keys", "api-keys/*").Allow("*"),
            ],

            // See an organization, who holds which role in it, and what it uses.
            ["org:read"] =
            [
                .. On("organizations", "organizations/*", "members", "roles", "role-assignments", "grants", "resources", "usage", "usage/*").Allow("read"),
            ],

            // Change an organization's settings.
            ["org:write"] =
            [
                .. On("organizations", "organizations/*").Allow("update"),
            ],

            // Manage an organization's users, their roles and what they did.
            ["org:admin"] =
            [
                .. On("users", "users/*").Allow("create", "delete"),
                .. On("organizations", "organizations/*").Allow("create", "delete"),
                .. On("members", "role-assignments", "grants").Allow("create", "delete"),
                .. On("roles").Allow("create", "update", "delete"),
                .. On("audit-events").Allow("read"),
            ],
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Tells whether a scope lets an action on a resource through; an unknown scope lets nothing through.</summary>
    public static bool LetsThrough(string scope, string resource, string action)
    {
        if (!Meaning.TryGetValue(scope, out var permissions))
        {
            return false;
        }

        for (var i = 0; i < permissions.Count; i++)
        {
            if (permissions[i].Matches(resource, action))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Tells whether a scope lets all that a permission speaks of through.</summary>
    public static bool LetsAllThrough(string scope, Region wanted) =>
        Meaning.TryGetValue(scope, out var permissions) && permissions.Any(permission => new Region(permission).Covers(wanted));
}
