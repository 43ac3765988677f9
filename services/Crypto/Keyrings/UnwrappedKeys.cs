using System.Collections.Concurrent;

namespace McpSecure.Crypto;

/// <summary>Keeps the keys of versions in memory once they were used. The key of a version never changes, so a kept one is never stale.</summary>
internal sealed class UnwrappedKeys(KeyEncryptionKeys keyEncryptionKeys) : IDisposable
{
    private readonly ConcurrentDictionary<(string Keyring, int Version), KeyMaterial> kept = new();
    private readonly Lock unwrapping = new();

    /// <summary>Gets the names of the keyrings of which keys are kept.</summary>
    public IReadOnlyCollection<string> Keyrings => kept.Keys.Select(key => key.Keyring).ToHashSet(StringComparer.Ordinal);

    /// <summary>Returns the key of a version; its state is the caller's to judge.</summary>
    /// <exception cref="InvalidDataException">The stored key was changed, is another version's, or is not there.</exception>
    public KeyMaterial Get(StoredKeyring keyring, int version) =>
        kept.TryGetValue((keyring.Description.Name, version), out var key) ? key : Unwrap(keyring, version);

    /// <summary>Forgets the keys of a keyring's versions that are not to be kept, and returns them; whoever has just got one may still use it.</summary>
    public IReadOnlyList<KeyMaterial> Forget(string keyring, Func<int, bool> isToBeKept)
    {
        var forgotten = new List<KeyMaterial>();
        foreach (var key in kept.Keys.Where(key => key.Keyring == keyring && !isToBeKept(key.Version)))
        {
            if (kept.TryRemove(key, out var material))
            {
                forgotten.Add(material);
            }
        }

        return forgotten;
    }

    /// <summary>Zeroes every key.</summary>
    public void Dispose()
    {
        foreach (var key in kept.Values)
        {
            key.Dispose();
        }

        kept.Clear();
    }

    private KeyMaterial Unwrap(StoredKeyring keyring, int version)
    {
        var (name, algorithm) = (keyring.Description.Name, keyring.Description.Algorithm);
        lock (unwrapping)
        {
            if (kept.TryGetValue((name, version), out var known))
            {
                return known;
            }

            var wrapped = keyring.Keys.GetValueOrDefault(version)
                ?? throw new InvalidDataException($"Version {version} of keyring {name} has no stored key: the row was changed.");
            using var key = keyEncryptionKeys.Unwrap(wrapped, name, version, algorithm);
            return kept[(name, version)] = KeyMaterial.Load(algorithm, key);
        }
    }
}
