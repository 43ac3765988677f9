namespace McpSecure.Authorization;

/// <summary>A named set of permissions.</summary>
internal sealed record Role(string Name, string Description, IReadOnlyList<Permission> Permissions)
{
    /// <summary>Gets the names of the roles whose permissions are this one's too: built-in ones, or of the same organization.</summary>
    public IReadOnlyList<string> Includes { get; init; } = [];
}
