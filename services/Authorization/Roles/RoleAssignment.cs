namespace McpSecure.Authorization;

/// <summary>Who holds which role since when.</summary>
internal sealed record RoleAssignment(Principal Principal, string Role, DateTimeOffset AssignedAt)
{
    /// <summary>Gets the organization in which it counts; null: everywhere.</summary>
    public Guid? Organization { get; init; }

    /// <summary>Gets the resource at and below which it counts; null: all.</summary>
    public string? Subtree { get; init; }

    /// <summary>Gets from when on it is not held; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Tells the role, and where and until when it is held, for events.</summary>
    public override string ToString() =>
        Role + (Subtree is null ? "" : $"@{Subtree}") + ChangeMessages.Until(ExpiresAt);
}
