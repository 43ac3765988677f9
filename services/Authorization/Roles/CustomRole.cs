namespace McpSecure.Authorization;

/// <summary>A role that an organization made for itself.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Organization">Whose it is.</param>
/// <param name="Role">What it is.</param>
/// <param name="Revision">The change that it was last written by.</param>
/// <param name="CreatedAt">Since when it is there.</param>
/// <param name="ChangedAt">When it was written last.</param>
internal sealed record CustomRole(Guid Id, Guid Organization, Role Role, Revision Revision, DateTimeOffset CreatedAt, DateTimeOffset ChangedAt);
