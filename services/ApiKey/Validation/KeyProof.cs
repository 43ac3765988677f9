using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace McpSecure.ApiKey;

/// <summary>What a presented text turned out to be: the secret of a key, whatever that key's state, or not.</summary>
/// <param name="Key">The key whose secret it is; null where it is none's.</param>
/// <param name="Why">Why it is none's.</param>
/// <param name="Claimed">The key that it claims to be, which is not proven where <paramref name="Key"/> is null; null where it does not say.</param>
internal readonly record struct ProofResult(KnownKey? Key, InvalidBecause Why, ApiKeyId? Claimed)
{
    /// <summary>Gets whether the key was looked for in the database, not in memory.</summary>
    public bool HasRead { get; init; }
}

/// <summary>A presented text as far as it can be read without any I/O.</summary>
/// <param name="Text">The text.</param>
/// <param name="IsOurs">Whether this platform made it: form and checksum are right.</param>
/// <param name="Presented">What it is, where this platform made it.</param>
/// <param name="Claimed">The key that it claims to be; null where it does not say.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ReadText(string Text, bool IsOurs, PresentedKey Presented, ApiKeyId? Claimed)
{
    public override string ToString() => nameof(ReadText);
}

/// <summary>
/// Finds out whose secret a text is. What this platform did not make is refused without I/O by form and checksum. Whatever is left costs the same
/// and reads the same: one look for the key, one comparison of the secret.
/// </summary>
internal sealed class KeyProof(
    PepperSource pepper, KeyPrefixes prefixes, ImportedKeys imported, ApiKeyReader keys, SecretVerifier secrets, SecretUpgrade upgrade)
{
    private const int Remembered = 50_000;

    // For good, so that it needs no invalidation.
    private readonly RecentMap<KeyDigest, bool> ended = new(Remembered);

    /// <summary>Reads a text, without any I/O.</summary>
    /// <exception cref="ServiceDefaults.Refusal">DEPENDENCY_UNAVAILABLE while the pepper is not there.</exception>
    public ReadText Read(string text) =>
        new(text, PresentedKey.TryRead(text, prefixes, pepper.Current, out var presented, out var claimed), presented, claimed);

    /// <summary>Finds the key whose secret a text is where memory knows both.</summary>
    public bool TryProveFromMemory(in ReadText text, [NotNullWhen(true)] out KnownKey? key)
    {
        key = null;
        return text.IsOurs
            && keys.TryGet(text.Presented.Id, out key)
            && secrets.IsKnownToBeRight(text.Presented.Digest, key.Record.SecretHash)
            && !upgrade.IsDue(key.Record);
    }

    /// <summary>Tells whether a text was proven here before to be the secret of a key of which <see cref="Ended"/> was not said.</summary>
    public bool IsKnownSecret(in ReadText text) => DigestOf(text) is { } digest && secrets.WasRight(digest) && !ended.TryGet(digest, out _);

    /// <summary>Remembers that the key of a text that was proven has ended for good.</summary>
    public void Ended(in ReadText text)
    {
        if (DigestOf(text) is { } digest)
        {
            ended.Set(digest, true);
        }
    }

    /// <summary>Finds out whose secret a text is.</summary>
    /// <exception cref="ServiceDefaults.Refusal">BUSY, or DEPENDENCY_UNAVAILABLE while the pepper is not there.</exception>
    public ValueTask<ProofResult> ProveAsync(string text, CancellationToken cancellationToken) => ProveAsync(Read(text), cancellationToken);

    /// <summary>Does the same with a text that was read.</summary>
    /// <exception cref="ServiceDefaults.Refusal">BUSY.</exception>
    public async ValueTask<ProofResult> ProveAsync(ReadText text, CancellationToken cancellationToken)
    {
        if (text.IsOurs)
        {
            return await ProveAsync(text.Presented, cancellationToken);
        }

        if (text.Claimed is not null)
        {
            return new(null, InvalidBecause.ChecksumWrong, text.Claimed);
        }

        return ImportedText.TryRead(text.Text, out var before)
            ? await ProveAsync(before, cancellationToken)
            : new(null, InvalidBecause.Unreadable, Claimed: null);
    }

    private KeyDigest? DigestOf(in ReadText text)
    {
        if (text.IsOurs)
        {
            return text.Presented.Digest;
        }

        return ImportedText.TryRead(text.Text, out var before) ? pepper.Current.DigestOf(before) : null;
    }

    private async ValueTask<ProofResult> ProveAsync(ImportedText text, CancellationToken cancellationToken)
    {
        var digest = pepper.Current.DigestOf(text);
        if (await imported.FindAsync(text, digest, cancellationToken) is not { } id)
        {
            return new(null, InvalidBecause.Unknown, Claimed: null);
        }

        var presented = PresentedKey.Of(id, text, digest);
        if (await keys.FindAsync(id, cancellationToken) is not { Record.SecretHash.IsImported: true } key)
        {
            return await ProveAsync(presented, cancellationToken);
        }

        // Found by its hash, which is all that is known of it so far.
        await upgrade.TryRunAsync(presented, key.Record, digest.ToLookup(), cancellationToken);
        return new(key, default, id);
    }

    private async ValueTask<ProofResult> ProveAsync(PresentedKey presented, CancellationToken cancellationToken)
    {
        var hasRead = !keys.TryGet(presented.Id, out var key);
        key ??= await keys.FindAsync(presented.Id, cancellationToken);

        // An imported key that was not used yet has nothing to compare with, and is not reached by its id.
        var kept = key is { Record.SecretHash: { IsImported: false } hash } ? hash : (SecretHash?)null;
        if (!await secrets.IsRightAsync(presented, kept, cancellationToken))
        {
            return new(null, key is null ? InvalidBecause.Unknown : InvalidBecause.SecretWrong, presented.Id) { HasRead = hasRead };
        }

        if (upgrade.IsDue(key!.Record))
        {
            await upgrade.TryRunAsync(presented, key.Record, lookup: null, cancellationToken);
        }

        return new(key, default, presented.Id) { HasRead = hasRead };
    }
}
