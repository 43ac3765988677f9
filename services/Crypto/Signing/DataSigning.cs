using Microsoft.Extensions.Options;

namespace McpSecure.Crypto;

/// <summary>Signs with the versions of signing keyrings, verifies, and lists what verifies.</summary>
internal sealed class DataSigning(Keyrings keyrings, UnwrappedKeys keys, IOptions<SigningOptions> options, TimeProvider clock)
{
    /// <summary>Signs with the version asked for: the active one, or one replaced no longer ago than the overlap.</summary>
    public async ValueTask<SignResult> SignAsync(string keyring, int version, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (await keyrings.FindAsync(keyring, version, cancellationToken) is not { } found)
        {
            return new SignResult.KeyringNotFound();
        }

        if (found.Description.Algorithm.PurposeOf() != KeyPurpose.Signing)
        {
            return new SignResult.WrongAlgorithm();
        }

        return found.Description.FindForReading(version) is { } wanted && MaySign(wanted) && keys.Get(found, version) is SigningKey key
            ? new SignResult.Signed(key.Sign(data.Span))
            : new SignResult.VersionUnusable();
    }

    /// <summary>Tells whether a signature is by a version. One that may not be used verifies nothing.</summary>
    public async ValueTask<VerifyResult> VerifyAsync(
        string keyring, int version, ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> signature, CancellationToken cancellationToken)
    {
        if (await keyrings.FindAsync(keyring, version, cancellationToken) is not { } found)
        {
            return new VerifyResult.KeyringNotFound();
        }

        if (found.Description.Algorithm.PurposeOf() != KeyPurpose.Signing)
        {
            return new VerifyResult.WrongAlgorithm();
        }

        return new VerifyResult.Judged(
            found.Description.FindForReading(version) is not null && keys.Get(found, version) is SigningKey key && key.Verify(data.Span, signature.Span));
    }

    /// <summary>Lists the public keys of every version that is published, oldest first.</summary>
    public async ValueTask<PublicKeysResult> ListPublicKeysAsync(string keyring, CancellationToken cancellationToken)
    {
        if (await keyrings.FindAsync(keyring, cancellationToken) is not { } found)
        {
            return new PublicKeysResult.KeyringNotFound();
        }

        if (found.Description.Algorithm.PurposeOf() != KeyPurpose.Signing)
        {
            return new PublicKeysResult.WrongAlgorithm();
        }

        return new PublicKeysResult.Listed([.. found.Description.InUse.Select(version =>
            new PublicSigningKey(version.Number, ((SigningKey)keys.Get(found, version.Number)).Public, version.State == KeyState.Active))]);
    }

    private bool MaySign(KeyVersion version) =>
        version.State == KeyState.Active || clock.GetUtcNow() - version.StateSince < options.Value.Overlap;
}

/// <summary>The public half of a version.</summary>
/// <param name="Version">The version.</param>
/// <param name="Parameters">The key.</param>
/// <param name="IsActive">Whether this version signs now.</param>
internal sealed record PublicSigningKey(int Version, PublicKeyParameters Parameters, bool IsActive);

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

    /// <summary>The keyring does something else.</summary>
    public sealed record WrongAlgorithm : SignResult;

    /// <summary>There is no such version, it does not sign yet, or it signs no more.</summary>
    public sealed record VersionUnusable : SignResult;
}

/// <summary>Says how a verification ended.</summary>
internal abstract record VerifyResult
{
    private VerifyResult()
    {
    }

    /// <summary>Whether it holds.</summary>
    public sealed record Judged(bool IsValid) : VerifyResult;

    /// <summary>There is no keyring of this name.</summary>
    public sealed record KeyringNotFound : VerifyResult;

    /// <summary>The keyring does something else.</summary>
    public sealed record WrongAlgorithm : VerifyResult;
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

    /// <summary>The keyring does something else.</summary>
    public sealed record WrongAlgorithm : PublicKeysResult;
}
