namespace McpSecure.Authorization;

/// <summary>A resource that somebody owns.</summary>
/// <param name="Organization">The organization that it belongs to; null: the platform itself.</param>
/// <param name="Path">Its path.</param>
/// <param name="Owner">Whose it is.</param>
/// <param name="RegisteredAt">Since when it is registered.</param>
internal sealed record RegisteredResource(Guid? Organization, string Path, Principal Owner, DateTimeOffset RegisteredAt);
