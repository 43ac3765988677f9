using System.Collections.Immutable;

namespace McpSecure.Crypto;

/// <summary>Describes a keyring: a named row of key versions. Holds no key material.</summary>
/// <param name="Name">The name, never used again for another keyring.</param>
/// <param name="Algorithm">What its keys do.</param>
/// <param name="CreatedAt">When it was made, UTC.</param>
/// <param name="Versions">Its versions, oldest first; exactly one is active until the keyring is destroyed.</param>
internal sealed record Keyring(string Name, KeyAlgorithm Algorithm, DateTimeOffset CreatedAt, ImmutableArray<KeyVersion> Versions)
{
    /// <summary>Gets after how long a new version is made by itself; null where it is made on demand only.</summary>
    public TimeSpan? RotationPeriod { get; init; }

    /// <summary>Gets the first version that may decrypt and verify.</summary>
    public int MinDecryptionVersion { get; init; } = 1;

    /// <summary>Gets when the keyring will be destroyed as a whole, UTC; null where it will not.</summary>
    public DateTimeOffset? DestroyAt { get; init; }

    /// <summary>Gets when the keyring was destroyed, UTC; null where it was not.</summary>
    public DateTimeOffset? DestroyedAt { get; init; }

    /// <summary>Gets the active version; null once the keyring is destroyed.</summary>
    public KeyVersion? Active => Versions.FirstOrDefault(version => version.State == KeyState.Active);

    /// <summary>Gets the version that encrypts, signs or authenticates now; null where the keyring is, or is to be, destroyed.</summary>
    public KeyVersion? ForUse => IsUsable ? Active : null;

    /// <summary>Gets the versions of which the key is of use, oldest first; their public keys, if they have any, are published.</summary>
    public IEnumerable<KeyVersion> InUse => Versions.Where(version => version.State == KeyState.Pending ? Works(version) : MayRead(version));

    private bool IsUsable => DestroyAt is null && DestroyedAt is null;

    /// <summary>Returns a version, or null where there is none of this number.</summary>
    public KeyVersion? Find(int number) => Versions.FirstOrDefault(version => version.Number == number);

    /// <summary>Returns a version that may decrypt and verify, or null where there is none of this number or it may not.</summary>
    public KeyVersion? FindForReading(int number) => Find(number) is { } version && MayRead(version) ? version : null;

    /// <summary>
    /// Tells whether a new version is due, by the schedule or because the active one nears its limit of messages. However many times it was
    /// missed, it is due once.
    /// </summary>
    public bool IsRotationDue(DateTimeOffset now) => IsUsable
        && (now - Versions[^1].CreatedAt >= RotationPeriod || Active?.MessagesReserved >= MessageBudget.RotationThreshold);

    private bool MayRead(KeyVersion version) => version.State is KeyState.Active or KeyState.DecryptOnly && Works(version);

    // What waits for its destruction works no more: whoever still needs it is to find out while it can be called off.
    private bool Works(KeyVersion version) => IsUsable && version.DestroyAt is null && version.Number >= MinDecryptionVersion;
}

/// <summary>Describes one version of a keyring's key.</summary>
/// <param name="Number">The number, from 1, without gaps.</param>
/// <param name="State">Where it stands.</param>
/// <param name="StateSince">Since when it stands there, UTC.</param>
/// <param name="CreatedAt">When it was made, UTC.</param>
internal sealed record KeyVersion(int Number, KeyState State, DateTimeOffset StateSince, DateTimeOffset CreatedAt)
{
    /// <summary>Gets when a pending version becomes the active one, UTC; null in other states.</summary>
    public DateTimeOffset? ActivateAt { get; init; }

    /// <summary>Gets when it will be destroyed, UTC; null where it will not.</summary>
    public DateTimeOffset? DestroyAt { get; init; }

    /// <summary>Gets how many messages replicas took leave to encrypt with it, where that is counted.</summary>
    public long MessagesReserved { get; init; }
}
