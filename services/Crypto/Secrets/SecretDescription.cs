using System.Collections.Immutable;

namespace McpSecure.Crypto;

/// <summary>What is known of a secret, without its value.</summary>
/// <param name="Id">Its id; a path that is used again gets another.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="NewestVersion">The number of its newest version.</param>
/// <param name="Settings">What a user set.</param>
/// <param name="CreatedAt">When its first version was written.</param>
/// <param name="UpdatedAt">When it last changed.</param>
internal sealed record SecretDescription(
    Guid Id, string Path, int NewestVersion, SecretSettings Settings, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary>What a user sets about a secret.</summary>
/// <param name="MaxVersions">How many versions to keep.</param>
/// <param name="VersionLifetime">How long after being written versions expire; null: never.</param>
/// <param name="CheckRequired">Whether a write must say which version it expects to be the newest.</param>
/// <param name="CustomMetadata">Facts of the user's own.</param>
internal sealed record SecretSettings(
    int MaxVersions, TimeSpan? VersionLifetime, bool CheckRequired, ImmutableSortedDictionary<string, string> CustomMetadata)
{
    /// <summary>Gets the settings of a secret for which nobody set any.</summary>
    public static SecretSettings Default { get; } = new(
        MaxVersions: 10, VersionLifetime: null, CheckRequired: false, ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal));
}

/// <summary>One version of a secret, without its value.</summary>
/// <param name="Number">The number, from 1.</param>
/// <param name="CreatedAt">When it was written.</param>
/// <param name="ExpiresAt">When it expires; null: never.</param>
/// <param name="IsDeleted">Whether it is deleted and can be undeleted.</param>
/// <param name="IsDestroyed">Whether its value is gone for good.</param>
internal sealed record SecretVersion(int Number, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, bool IsDeleted, bool IsDestroyed)
{
    /// <summary>Says where it stands at a time.</summary>
    public SecretVersionState StateAt(DateTimeOffset now) => this switch
    {
        { IsDestroyed: true } => SecretVersionState.Destroyed,
        { IsDeleted: true } => SecretVersionState.Deleted,
        { ExpiresAt: { } end } when end <= now => SecretVersionState.Expired,
        _ => SecretVersionState.Live,
    };
}

/// <summary>Says where a version of a secret stands.</summary>
internal enum SecretVersionState
{
    /// <summary>Its value can be read.</summary>
    Live,

    /// <summary>Deleted; it can be undeleted.</summary>
    Deleted,

    /// <summary>Past its expiry.</summary>
    Expired,

    /// <summary>Gone for good.</summary>
    Destroyed,
}
