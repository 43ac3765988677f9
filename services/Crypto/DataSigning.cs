using Microsoft.Extensions.Options;

namespace McpSecure.Crypto;

/// <summary>Signs with the versions of signing keyrings and lists what verifies.</summary>
internal sealed class DataSigning(Keyrings keyrings, UnwrappedKeys keys, IOptions<SigningOptions> options, TimeProvider clock)
{
    /// <summary>Signs with the version asked for: the active one, or one replaced no longer ago than the overlap.</summary>
    public async ValueTask<SignResult> SignAsync(string keyring, int version, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (await keyrings.FindAsync(keyring, version, cancellationToken) is not { } found)
        {
            return new SignResult.KeyringNotFound();
        }

        if (found.Description.Algorithm != KeyAlgorithm.Rsa2048Sha256)
        {
            return new SignResult.WrongAlgorithm();
        }

        return found.Description.Find(version) is { } wanted && MaySign(wanted) && keys.Get(found, version) is SigningKey key
            ? new SignResult.Signed(key.Sign(data.Span))
            : new SignResult.VersionUnusable();
    }

    /// <summary>Lists the public keys of every version that is published, oldest first.</summary>
    public async ValueTask<PublicKeysResult> ListPublicKeysAsync(string keyring, CancellationToken cancellationToken)
    {
        if (await keyrings.FindAsync(keyring, cancellationToken) is not { } found)
        {
            return new PublicKeysResult.KeyringNotFound();
        }

        if (found.Description.Algorithm != KeyAlgorithm.Rsa2048Sha256)
        {
            return new PublicKeysResult.WrongAlgorithm();
        }

        return new PublicKeysResult.Listed([.. found.Description.Versions
            .Where(version => version.State is KeyState.Pending or KeyState.Active or KeyState.DecryptOnly)
            .Select(version => Public(version, (SigningKey)keys.Get(found, version.Number)))]);
    }

    private static PublicSigningKey Public(KeyVersion version, SigningKey key) =>
        new(version.Number, key.KeyId, key.Modulus, key.Exponent, version.State == KeyState.Active);

    private bool MaySign(KeyVersion version) => version.State switch
    {
        KeyState.Active => true,
        KeyState.DecryptOnly => clock.GetUtcNow() - version.StateSince < options.Value.Overlap,
        KeyState.Pending or KeyState.Disabled or KeyState.Destroyed => false,
    };
}

/// <summary>Holds what verifies the signatures of one version.</summary>
/// <param name="Version">The version.</param>
/// <param name="KeyId">The JWK thumbprint with SHA-256, base64url.</param>
/// <param name="Modulus">Big endian without leading zeros.</param>
/// <param name="Exponent">Big endian without leading zeros.</param>
/// <param name="IsActive">Whether this version signs now.</param>
internal sealed record PublicSigningKey(int Version, string KeyId, byte[] Modulus, byte[] Exponent, bool IsActive);

/// <summary>Says how a signing ended.</summary>
internal abstract record SignResult
{
    private SignResult()
    {
    }

    /// <summary>The signature.</summary>
    public sealed record Signed(byte[] Signature) : SignResult;

    /// <summary>There is no keyring of this name.</summary>
    public sealed record KeyringNotFound : SignResult;

    /// <summary>The keyring encrypts.</summary>
    public sealed record WrongAlgorithm : SignResult;

    /// <summary>There is no such version, or it signs no more.</summary>
    public sealed record VersionUnusable : SignResult;
}

/// <summary>Says how a listing of public keys ended.</summary>
internal abstract record PublicKeysResult
{
    private PublicKeysResult()
    {
    }

    /// <summary>The keys, oldest first.</summary>
    public sealed record Listed(IReadOnlyList<PublicSigningKey> Keys) : PublicKeysResult;

    /// <summary>There is no keyring of this name.</summary>
    public sealed record KeyringNotFound : PublicKeysResult;

    /// <summary>The keyring encrypts.</summary>
    public sealed record WrongAlgorithm : PublicKeysResult;
}
