using System.Collections.Immutable;

namespace McpSecure.Crypto;

/// <summary>Describes a keyring: a named row of key versions. Holds no key material.</summary>
/// <param name="Name">The name, never used again for another keyring.</param>
/// <param name="Algorithm">What its keys do.</param>
/// <param name="CreatedAt">When it was made, UTC.</param>
/// <param name="Versions">Its versions, oldest first; exactly one is active.</param>
internal sealed record Keyring(string Name, KeyAlgorithm Algorithm, DateTimeOffset CreatedAt, ImmutableArray<KeyVersion> Versions)
{
    /// <summary>Gets the version that encrypts or signs.</summary>
    public KeyVersion Active => Versions.Single(version => version.State == KeyState.Active);

    /// <summary>Returns a version, or null where there is none of this number.</summary>
    public KeyVersion? Find(int number) => Versions.FirstOrDefault(version => version.Number == number);
}

/// <summary>Describes one version of a keyring's key.</summary>
/// <param name="Number">The number, from 1, without gaps.</param>
/// <param name="State">Where it stands.</param>
/// <param name="StateSince">Since when it stands there, UTC.</param>
/// <param name="CreatedAt">When it was made, UTC.</param>
internal sealed record KeyVersion(int Number, KeyState State, DateTimeOffset StateSince, DateTimeOffset CreatedAt);
