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
    public static async Task<StoredKeyEncryptionKey> CreateAsync(
        IRootKey root, KeyEncryptionKeyState state, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7(now);
        using var key = SecretBytes.Random(Xaes256Gcm.KeySizeInBytes);
        return new StoredKeyEncryptionKey(id, state, root.Id, await root.WrapAsync(key, WrappedKey.KeyEncryptionKeyLabel(id), cancellationToken), now);
    }

    /// <summary>Seals a stored key-encryption key under another root key.</summary>
    /// <exception cref="RootKeyException">It does not open.</exception>
    public static async Task<StoredKeyEncryptionKey> SealAnewAsync(
        RootKeySet roots, StoredKeyEncryptionKey stored, CancellationToken cancellationToken)
    {
        using var key = await roots.UnwrapAsync(stored, cancellationToken);
        var wrapped = await roots.Current.WrapAsync(key, WrappedKey.KeyEncryptionKeyLabel(stored.Id), cancellationToken);
        return stored with { RootKey = roots.Current.Id, Wrapped = wrapped };
    }

    /// <summary>Tells whether exactly these keys are open and the active one is the active one.</summary>
    public bool Are(IReadOnlyCollection<StoredKeyEncryptionKey> stored) =>
        Volatile.Read(ref open) is { } keys
        && keys.Ciphers.Count == stored.Count
        && stored.All(key => keys.Ciphers.ContainsKey(key.Id) && (key.State == KeyEncryptionKeyState.Active) == (key.Id == keys.Active));

    /// <summary>
    /// Opens the stored keys, except those that are open already. Changes nothing where one of them does not open. Returns those that are
    /// stored no more; they are the caller's to zero, once nobody uses them.
    /// </summary>
    /// <exception cref="RootKeyException">The root keys do not open a stored key; the message says which is missing.</exception>
    public async Task<IReadOnlyList<IDisposable>> OpenAsync(
        RootKeySet roots, IReadOnlyCollection<StoredKeyEncryptionKey> stored, CancellationToken cancellationToken)
    {
        var before = Volatile.Read(ref open);
        var opened = new Dictionary<Guid, Xaes256Gcm>();
        try
        {
            foreach (var sealedKey in stored.Where(key => before?.Ciphers.ContainsKey(key.Id) != true))
            {
                using var key = await roots.UnwrapAsync(sealedKey, cancellationToken);
                opened.Add(sealedKey.Id, new Xaes256Gcm(key.Reveal()));
            }
        }
        catch
        {
            Dispose(opened.Values);
            throw;
        }

        var ciphers = stored.ToFrozenDictionary(key => key.Id, key => opened.TryGetValue(key.Id, out var cipher) ? cipher : before!.Ciphers[key.Id]);
        Volatile.Write(ref open, new OpenKeys(stored.Single(key => key.State == KeyEncryptionKeyState.Active).Id, ciphers));
        return [.. (before?.Ciphers ?? FrozenDictionary<Guid, Xaes256Gcm>.Empty).Where(old => !ciphers.ContainsKey(old.Key)).Select(old => old.Value)];
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
    public void Dispose() => Dispose(Interlocked.Exchange(ref open, null)?.Ciphers.Values ?? []);

    private static void Dispose(IEnumerable<Xaes256Gcm> ciphers)
    {
        foreach (var cipher in ciphers)
        {
            cipher.Dispose();
        }
    }

    private OpenKeys Opened() =>
        Volatile.Read(ref open) ?? throw Refusal.Because(ErrorReason.DependencyUnavailable, "The keys are not open; the health of the service says what it waits for.");

    private sealed record OpenKeys(Guid Active, FrozenDictionary<Guid, Xaes256Gcm> Ciphers);
}

/// <summary>The key of a version as it is stored.</summary>
/// <param name="KeyEncryptionKey">The id of the key-encryption key that sealed it.</param>
/// <param name="Wrapped">The sealed key.</param>
internal sealed record WrappedVersion(Guid KeyEncryptionKey, byte[] Wrapped);
