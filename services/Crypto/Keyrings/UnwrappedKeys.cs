namespace McpSecure.Crypto;

/// <summary>Keeps the keys of versions in memory once they were used. The key of a version never changes, so a kept one is never stale.</summary>
internal sealed class UnwrappedKeys(KeyEncryptionKeys keyEncryptionKeys) : IDisposable
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<(string Keyring, int Version), KeyMaterial> kept = new();
    private readonly Lock unwrapping = new();

    /// <summary>Returns the key of a version; its state is the caller's to judge.</summary>
    /// <exception cref="InvalidDataException">The stored key was changed, or is another version's.</exception>
    public KeyMaterial Get(StoredKeyring keyring, int version) =>
        kept.TryGetValue((keyring.Description.Name, version), out var key) ? key : Unwrap(keyring, version);

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

            using var key = keyEncryptionKeys.Unwrap(keyring.Keys[version], name, version, algorithm);
            return kept[(name, version)] = KeyMaterial.Load(algorithm, key);
        }
    }
}
