namespace McpSecure.Authorization;

/// <summary>A permission that a principal holds without a role.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Principal">Who holds it.</param>
/// <param name="Organization">The organization in which it counts; null: everywhere.</param>
/// <param name="Permission">What it does.</param>
/// <param name="CreatedAt">Since when it is there.</param>
/// <param name="ExpiresAt">From when on it is not there; null: never.</param>
internal sealed record Grant(Guid Id, Principal Principal, Guid? Organization, Permission Permission, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt);
