namespace McpSecure.Crypto;

/// <summary>Finds keyrings that encrypt.</summary>
internal sealed class DataEncryption(Keyrings keyrings, UnwrappedKeys keys, MessageBudget budget)
{
    /// <summary>Finds a keyring to encrypt so many messages with.</summary>
    public ValueTask<EncryptionKeyringResult> FindAsync(string keyring, int messages, CancellationToken cancellationToken) =>
        FindForVersionAsync(keyring, version: 0, messages, cancellationToken);

    /// <summary>
    /// Finds a keyring to decrypt with: as it is now where a ciphertext names a version that memory does not know, since another replica may
    /// just have made it. What a ciphertext names beyond that is not judged here, so that a keyring's existence is no matter of the ciphertext.
    /// </summary>
    /// <param name="keyring">The keyring's name.</param>
    /// <param name="ciphertexts">The ciphertexts.</param>
    /// <param name="messages">How many messages are to be encrypted again; 0 where none is.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask<EncryptionKeyringResult> FindAsync(string keyring, IEnumerable<string> ciphertexts, int messages, CancellationToken cancellationToken) =>
        FindForVersionAsync(keyring, ciphertexts.Select(text => VersionOf(keyring, text)).DefaultIfEmpty().Max(), messages, cancellationToken);

    /// <summary>Finds a keyring to decrypt one ciphertext with.</summary>
    public ValueTask<EncryptionKeyringResult> FindAsync(string keyring, string ciphertext, int messages, CancellationToken cancellationToken) =>
        FindForVersionAsync(keyring, VersionOf(keyring, ciphertext), messages, cancellationToken);

    // Another keyring's ciphertext, or none at all, names no version of this one.
    private static int VersionOf(string keyring, string ciphertext) =>
        Ciphertext.TryParse(ciphertext, out var parsed) && parsed.Keyring.SequenceEqual(keyring) ? parsed.Version : 0;

    private async ValueTask<EncryptionKeyringResult> FindForVersionAsync(
        string keyring, int version, int messages, CancellationToken cancellationToken)
    {
        if (await keyrings.FindAsync(keyring, version, cancellationToken) is not { } found)
        {
            return new EncryptionKeyringResult.NotFound();
        }

        if (found.Description.Algorithm.PurposeOf() != KeyPurpose.Encryption)
        {
            return new EncryptionKeyringResult.WrongAlgorithm();
        }

        if (messages > 0)
        {
            if (found.Description.ForUse is not { } active)
            {
                return new EncryptionKeyringResult.Unusable();
            }

            if (found.Description.Algorithm == KeyAlgorithm.Aes256Gcm && !await budget.TrySpendAsync(keyring, active.Number, messages, cancellationToken))
            {
                return new EncryptionKeyringResult.Exhausted();
            }
        }

        return new EncryptionKeyringResult.Found(new EncryptionKeyring(found, keys));
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

    /// <summary>The keyring is destroyed, or waits for it, and encrypts no more.</summary>
    public sealed record Unusable : EncryptionKeyringResult;

    /// <summary>The active version has encrypted as many messages as are safe.</summary>
    public sealed record Exhausted : EncryptionKeyringResult;
}
