namespace McpSecure.Authorization;

/// <summary>What a principal holds, as it is stored: all of one moment.</summary>
/// <param name="Roles">His roles, by name, then organization, then subtree.</param>
/// <param name="Grants">His direct grants, by id.</param>
/// <param name="Owned">The resources that he owns.</param>
/// <param name="Revision">The newest change that is in it.</param>
internal sealed record Holdings(IReadOnlyList<HeldRole> Roles, IReadOnlyList<HeldGrant> Grants, IReadOnlyList<OwnedResource> Owned, Revision Revision);

/// <summary>A role, and where and until when it is held.</summary>
/// <param name="Role">The role's name.</param>
/// <param name="Organization">The organization in which it counts; null: everywhere, on the platform and in all organizations.</param>
/// <param name="Subtree">The resource at and below which it counts; null: all.</param>
/// <param name="ExpiresAt">From when on it is not held; null: never.</param>
internal sealed record HeldRole(string Role, Guid? Organization = null, string? Subtree = null, DateTimeOffset? ExpiresAt = null);

/// <summary>A permission given without a role.</summary>
/// <param name="Id">The grant's id.</param>
/// <param name="Organization">The organization in which it counts; null: everywhere, on the platform and in all organizations.</param>
/// <param name="Permission">What is given, or denied.</param>
/// <param name="ExpiresAt">From when on it is not there; null: never.</param>
internal sealed record HeldGrant(Guid Id, Guid? Organization, Permission Permission, DateTimeOffset? ExpiresAt = null);

/// <summary>A resource that somebody owns.</summary>
/// <param name="Organization">The organization that it belongs to; null: the platform itself, and no organization.</param>
/// <param name="Resource">Its path: he owns it and what is below it.</param>
internal sealed record OwnedResource(Guid? Organization, string Resource);
