using System.Collections.Frozen;

namespace McpSecure.ApiKey;

/// <summary>The names of the scopes that a key can be narrowed to; what they mean is Authorization's.</summary>
internal static class Scopes
{
    /// <summary>Lets the holder manage his keys.</summary>
    public const string ManageKeys = "user:token";

    public static FrozenSet<string> All { get; } = FrozenSet.Create(
        StringComparer.Ordinal,
        "mcp:read", "mcp:write", "mcp:admin", "user:read", "user:write", ManageKeys, "org:read", "org:write", "org:admin");

    /// <summary>Finds the first name that is no scope; null where there is none.</summary>
    public static string? FirstUnknown(IEnumerable<string> names) => names.FirstOrDefault(name => !All.Contains(name));
}
