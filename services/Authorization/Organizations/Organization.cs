namespace McpSecure.Authorization;

/// <summary>An organization.</summary>
internal sealed record Organization(Guid Id, string Name, string DisplayName, DateTimeOffset CreatedAt);

/// <summary>A principal that belongs to an organization.</summary>
internal sealed record Member(Principal Principal, DateTimeOffset JoinedAt);
