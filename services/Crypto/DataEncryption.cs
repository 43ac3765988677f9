namespace McpSecure.Crypto;

/// <summary>Finds keyrings that encrypt.</summary>
internal sealed class DataEncryption(Keyrings keyrings, UnwrappedKeys keys)
{
    /// <summary>Finds a keyring to encrypt with.</summary>
    public ValueTask<EncryptionKeyringResult> FindAsync(string keyring, CancellationToken cancellationToken) =>
        FindForVersionAsync(keyring, version: 0, cancellationToken);

    /// <summary>
    /// Finds a keyring to decrypt with: as it is now where a ciphertext names a version that memory does not know, since another replica may
    /// just have made it. What a ciphertext names beyond that is not judged here, so that a keyring's existence is no matter of the ciphertext.
    /// </summary>
    public ValueTask<EncryptionKeyringResult> FindAsync(string keyring, IEnumerable<string> ciphertexts, CancellationToken cancellationToken) =>
        FindForVersionAsync(keyring, ciphertexts.Max(text => VersionOf(keyring, text)), cancellationToken);

    /// <summary>Finds a keyring to decrypt one ciphertext with.</summary>
    public ValueTask<EncryptionKeyringResult> FindAsync(string keyring, string ciphertext, CancellationToken cancellationToken) =>
        FindForVersionAsync(keyring, VersionOf(keyring, ciphertext), cancellationToken);

    // Another keyring's ciphertext, or none at all, names no version of this one.
    private static int VersionOf(string keyring, string ciphertext) =>
        Ciphertext.TryParse(ciphertext, out var parsed) && parsed.Keyring.SequenceEqual(keyring) ? parsed.Version : 0;

    private async ValueTask<EncryptionKeyringResult> FindForVersionAsync(string keyring, int version, CancellationToken cancellationToken)
    {
        if (await keyrings.FindAsync(keyring, version, cancellationToken) is not { } found)
        {
            return new EncryptionKeyringResult.NotFound();
        }

        return found.Description.Algorithm == KeyAlgorithm.Xaes256Gcm
            ? new EncryptionKeyringResult.Found(new EncryptionKeyring(found, keys))
            : new EncryptionKeyringResult.WrongAlgorithm();
    }
}

/// <summary>Says how a search for a keyring that encrypts ended.</summary>
internal abstract record EncryptionKeyringResult
{
    private EncryptionKeyringResult()
    {
    }

    /// <summary>The keyring.</summary>
    public sealed record Found(EncryptionKeyring Keyring) : EncryptionKeyringResult;

    /// <summary>There is no keyring of this name.</summary>
    public sealed record NotFound : EncryptionKeyringResult;

    /// <summary>The keyring does something else.</summary>
    public sealed record WrongAlgorithm : EncryptionKeyringResult;
}
