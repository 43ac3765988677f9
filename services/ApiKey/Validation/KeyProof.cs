namespace McpSecure.ApiKey;

/// <summary>What a presented text turned out to be: the secret of a key, whatever that key's state, or not.</summary>
/// <param name="Key">The key whose secret it is; null where it is none's.</param>
/// <param name="Why">Why it is none's.</param>
/// <param name="Claimed">The key that it claims to be, which is not proven where <paramref name="Key"/> is null; null where it does not say.</param>
internal readonly record struct ProofResult(ApiKeyRecord? Key, InvalidBecause Why, ApiKeyId? Claimed);

/// <summary>
/// Finds out whose secret a text is. What this platform did not make is refused without I/O by form and checksum. Whatever is left costs the same
/// and reads the same: one look for the key, one comparison of the secret.
/// </summary>
internal sealed class KeyProof(
    PepperSource pepper, KeyPrefixes prefixes, ImportedKeys imported, ApiKeyReader keys, SecretVerifier secrets, SecretUpgrade upgrade)
{
    /// <exception cref="ServiceDefaults.Refusal">BUSY, or DEPENDENCY_UNAVAILABLE while the pepper is not there.</exception>
    public async ValueTask<ProofResult> ProveAsync(string text, CancellationToken cancellationToken)
    {
        if (PresentedKey.TryRead(text, prefixes, pepper.Current, out var presented, out var claimed))
        {
            return await ProveAsync(presented, cancellationToken);
        }

        if (claimed is not null)
        {
            return new(null, InvalidBecause.ChecksumWrong, claimed);
        }

        return ImportedText.TryRead(text, out var before)
            ? await ProveAsync(before, cancellationToken)
            : new(null, InvalidBecause.Unreadable, Claimed: null);
    }

    private async ValueTask<ProofResult> ProveAsync(ImportedText text, CancellationToken cancellationToken)
    {
        var digest = pepper.Current.DigestOf(text);
        if (await imported.FindAsync(text, digest, cancellationToken) is not { } id)
        {
            return new(null, InvalidBecause.Unknown, Claimed: null);
        }

        var presented = PresentedKey.Of(id, text, digest);
        if (await keys.FindAsync(id, cancellationToken) is not { SecretHash.IsImported: true } key)
        {
            return await ProveAsync(presented, cancellationToken);
        }

        // Found by its hash, which is all that is known of it so far.
        await upgrade.TryRunAsync(presented, key, digest.ToLookup(), cancellationToken);
        return new(key, default, id);
    }

    private async ValueTask<ProofResult> ProveAsync(PresentedKey presented, CancellationToken cancellationToken)
    {
        var key = await keys.FindAsync(presented.Id, cancellationToken);

        // An imported key that was not used yet has nothing to compare with, and is not reached by its id.
        var kept = key is { SecretHash.IsImported: false } ? key.SecretHash : (SecretHash?)null;
        if (!await secrets.IsRightAsync(presented, kept, cancellationToken))
        {
            return new(null, key is null ? InvalidBecause.Unknown : InvalidBecause.SecretWrong, presented.Id);
        }

        if (upgrade.IsDue(key!))
        {
            await upgrade.TryRunAsync(presented, key!, lookup: null, cancellationToken);
        }

        return new(key, default, presented.Id);
    }
}
