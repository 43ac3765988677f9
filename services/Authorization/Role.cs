namespace McpSecure.Authorization;

/// <summary>A named set of permissions.</summary>
internal sealed record Role(string Name, string Description, IReadOnlyList<Permission> Permissions);
