using System.Collections.ObjectModel;
using System.Net;

namespace McpSecure.ApiKey;

/// <summary>Says where a key stands in its life.</summary>
internal enum KeyState
{
    Enabled,
    Disabled,

    /// <summary>Valid until its overlap is over.</summary>
    Rotated,
    Expired,
    Revoked,
}

/// <summary>An API key as it is kept.</summary>
/// <param name="Id">The id, a UUIDv7.</param>
/// <param name="OwnerId">The user who owns it.</param>
/// <param name="Name">What its owner calls it.</param>
/// <param name="Scopes">What it is narrowed to.</param>
/// <param name="SecretHash">What its secret is compared with.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it ends by itself; null: never.</param>
/// <param name="RevokedAt">When it was revoked; null: it was not.</param>
internal sealed record ApiKeyRecord(
    ApiKeyId Id,
    Guid OwnerId,
    string Name,
    IReadOnlyList<string> Scopes,
    SecretHash SecretHash,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt)
{
    /// <summary>Gets what its text begins with.</summary>
    public string Prefix { get; init; } = ApiKeyFormat.DefaultPrefix;

    /// <summary>Gets the organization it belongs to; null: none.</summary>
    public Guid? OrganizationId { get; init; }

    /// <summary>Gets what it is narrowed to besides its scopes; none: not narrowed.</summary>
    public IReadOnlyList<KeyPermission> Permissions { get; init; } = [];

    /// <summary>Gets the networks that it may be used from; none: from everywhere.</summary>
    public IReadOnlyList<IPNetwork> AllowedNetworks { get; init; } = [];

    /// <summary>Gets how often it may be used; null: as the platform allows.</summary>
    public KeyRateLimit? RateLimit { get; init; }

    /// <summary>Gets what its owner notes about it.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Gets when it was disabled; null: it is not.</summary>
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>Gets the user who disabled it; null: it is not.</summary>
    public Guid? DisabledBy { get; init; }

    /// <summary>Gets the key that took its place; null: none.</summary>
    public ApiKeyId? SuccessorId { get; init; }

    /// <summary>Gets the request that rotated it; null: none.</summary>
    public Guid? RotationId { get; init; }

    /// <summary>Gets when it was last let through, as far as that is written; null: never. Kept apart from the rest, and changed by no change.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    public bool IsExpiredAt(DateTimeOffset now) => ExpiresAt <= now;

    /// <summary>Tells where it stands; what has ended stays so, whatever else is true of it.</summary>
    public KeyState StateAt(DateTimeOffset now) => this switch
    {
        { RevokedAt: not null } => KeyState.Revoked,
        _ when IsExpiredAt(now) => KeyState.Expired,
        { DisabledAt: not null } => KeyState.Disabled,
        { SuccessorId: not null } => KeyState.Rotated,
        _ => KeyState.Enabled,
    };
}
