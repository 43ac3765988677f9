using System.Security.Cryptography;
using System.Text;

namespace McpSecure.Auth;

/// <summary>Holds the one-time secret as its hash, in which form it is also stored. Prints its type name.</summary>
internal sealed class BootstrapSecret
{
    // A random secret of 24 characters and more needs no slow hash.
    private readonly byte[] hash;

    private BootstrapSecret(byte[] hash) => this.hash = hash;

    /// <summary>Takes a secret.</summary>
    public static BootstrapSecret From(string text) => new(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Takes a secret that was stored.</summary>
    public static BootstrapSecret FromHash(byte[] hash) => new(hash);

    /// <summary>Compares in constant time.</summary>
    public bool Matches(BootstrapSecret other) => CryptographicOperations.FixedTimeEquals(hash, other.hash);

    /// <summary>Shows the hash.</summary>
    public byte[] RevealHash() => hash;

    /// <summary>Returns the type's name.</summary>
    public override string ToString() => nameof(BootstrapSecret);
}
