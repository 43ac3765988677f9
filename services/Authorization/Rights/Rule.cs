namespace McpSecure.Authorization;

/// <summary>A permission, where it counts, and where it comes from.</summary>
/// <param name="Organization">The organization in which it counts; null: everywhere, but for an owner's, which then counts on the platform alone.</param>
/// <param name="Subtree">The resource at and below which it counts; null: all.</param>
/// <param name="Permission">What it allows or denies.</param>
/// <param name="Origin">Where it comes from.</param>
/// <param name="ExpiresAt">From when on it is not there; null: never.</param>
internal sealed record Rule(Guid? Organization, string? Subtree, Permission Permission, Origin Origin, DateTimeOffset? ExpiresAt);

/// <summary>Where a rule comes from.</summary>
internal abstract record Origin
{
    private Origin()
    {
    }

    /// <summary>A role that is held.</summary>
    /// <param name="Role">The role.</param>
    /// <param name="Through">The roles through which it includes the one that has the permission, that one last; none where it has it itself.</param>
    internal sealed record OfRole(string Role, IReadOnlyList<string> Through) : Origin;

    /// <summary>A direct grant.</summary>
    internal sealed record OfGrant(Guid Id) : Origin;

    /// <summary>Ownership of a resource.</summary>
    internal sealed record OfOwnership(string Resource) : Origin;
}
