using System.Collections.Frozen;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Holds the key-encryption keys, open, between the root key and the key versions. Safe to use in parallel.</summary>
internal sealed class KeyEncryptionKeys : IDisposable
{
    private OpenKeys? open;

    /// <summary>Gets whether the keys are open.</summary>
    public bool AreOpen => Volatile.Read(ref open) is not null;

    /// <summary>Makes sure that the keys are open.</summary>
    /// <exception cref="Refusal">They are not: DEPENDENCY_UNAVAILABLE.</exception>
    public void ThrowIfClosed() => Opened();

    /// <summary>Makes a new key-encryption key, sealed under the root key, to be stored.</summary>
    public static async Task<StoredKeyEncryptionKey> CreateAsync(IRootKey root, Guid id, CancellationToken cancellationToken)
    {
        using var key = SecretBytes.Random(Xaes256Gcm.KeySizeInBytes);
        var wrapped = await root.WrapAsync(key, WrappedKey.KeyEncryptionKeyLabel(id), cancellationToken);
        return new StoredKeyEncryptionKey(id, IsActive: true, root.Id, wrapped);
    }

    /// <summary>Opens the stored keys. Nothing is open where one of them does not open.</summary>
    /// <exception cref="RootKeyException">The root key does not open a stored key; the message says which is missing.</exception>
    public async Task OpenAsync(IRootKey root, IReadOnlyCollection<StoredKeyEncryptionKey> stored, CancellationToken cancellationToken)
    {
        var ciphers = new Dictionary<Guid, Xaes256Gcm>();
        try
        {
            foreach (var sealedKey in stored)
            {
                using var key = await root.UnwrapAsync(sealedKey.Wrapped, WrappedKey.KeyEncryptionKeyLabel(sealedKey.Id), cancellationToken)
                    ?? throw new RootKeyException(WhyNot(root, sealedKey));
                ciphers.Add(sealedKey.Id, new Xaes256Gcm(key.Reveal()));
            }
        }
        catch
        {
            Dispose(ciphers.Values);
            throw;
        }

        Replace(new OpenKeys(stored.Single(key => key.IsActive).Id, ciphers.ToFrozenDictionary()));
    }

    /// <summary>Seals the key of a version under the active key-encryption key.</summary>
    /// <exception cref="Refusal">The keys are not open: DEPENDENCY_UNAVAILABLE.</exception>
    public WrappedVersion Wrap(SecretBytes key, string keyring, int version, KeyAlgorithm algorithm)
    {
        var keys = Opened();
        return new WrappedVersion(keys.Active, WrappedKey.Wrap(keys.Ciphers[keys.Active], key, WrappedKey.KeyVersionLabel(keyring, version, algorithm)));
    }

    /// <summary>Opens the key of a version.</summary>
    /// <exception cref="Refusal">The keys are not open: DEPENDENCY_UNAVAILABLE.</exception>
    /// <exception cref="InvalidDataException">What is stored was changed, or belongs to another version.</exception>
    public SecretBytes Unwrap(WrappedVersion wrapped, string keyring, int version, KeyAlgorithm algorithm) =>
        Opened().Ciphers.TryGetValue(wrapped.KeyEncryptionKey, out var cipher)
        && WrappedKey.TryUnwrap(cipher, wrapped.Wrapped, WrappedKey.KeyVersionLabel(keyring, version, algorithm), out var key)
            ? key
            : throw new InvalidDataException($"The stored key of version {version} of keyring {keyring} does not open: it was changed.");

    /// <summary>Seals a key of another kind under the active key-encryption key, bound to a label that says what it is.</summary>
    /// <exception cref="Refusal">The keys are not open: DEPENDENCY_UNAVAILABLE.</exception>
    public WrappedVersion Wrap(SecretBytes key, byte[] label)
    {
        var keys = Opened();
        return new WrappedVersion(keys.Active, WrappedKey.Wrap(keys.Ciphers[keys.Active], key, label));
    }

    /// <summary>Opens a key of another kind. Returns null where it was changed, or sealed with another label.</summary>
    /// <exception cref="Refusal">The keys are not open: DEPENDENCY_UNAVAILABLE.</exception>
    public SecretBytes? TryUnwrap(WrappedVersion wrapped, byte[] label) =>
        Opened().Ciphers.TryGetValue(wrapped.KeyEncryptionKey, out var cipher) && WrappedKey.TryUnwrap(cipher, wrapped.Wrapped, label, out var key) ? key : null;

    /// <summary>Zeroes the keys.</summary>
    public void Dispose() => Replace(null);

    private void Replace(OpenKeys? by) => Dispose(Interlocked.Exchange(ref open, by)?.Ciphers.Values ?? []);

    private static void Dispose(IEnumerable<Xaes256Gcm> ciphers)
    {
        foreach (var cipher in ciphers)
        {
            cipher.Dispose();
        }
    }

    private OpenKeys Opened() =>
        Volatile.Read(ref open) ?? throw Refusal.Because(ErrorReason.DependencyUnavailable, "The keys are not open; the health of the service says what it waits for.");

    private static string WhyNot(IRootKey root, StoredKeyEncryptionKey stored) => stored.RootKey == root.Id
        ? $"The stored key-encryption key {stored.Id} does not open under root key {root.Id}, which sealed it: the row was changed. Restore it from a backup."
        : $"The root key given is {root.Id}, but the stored key-encryption key {stored.Id} was sealed by {stored.RootKey}. Give that one back: nothing in this database can be read without it.";

    private sealed record OpenKeys(Guid Active, FrozenDictionary<Guid, Xaes256Gcm> Ciphers);
}

/// <summary>A key-encryption key as it is stored.</summary>
/// <param name="Id">Its id.</param>
/// <param name="IsActive">Whether it seals new key versions.</param>
/// <param name="RootKey">The id of the root key that sealed it.</param>
/// <param name="Wrapped">The sealed key.</param>
internal sealed record StoredKeyEncryptionKey(Guid Id, bool IsActive, string RootKey, byte[] Wrapped);

/// <summary>The key of a version as it is stored.</summary>
/// <param name="KeyEncryptionKey">The id of the key-encryption key that sealed it.</param>
/// <param name="Wrapped">The sealed key.</param>
internal sealed record WrappedVersion(Guid KeyEncryptionKey, byte[] Wrapped);
