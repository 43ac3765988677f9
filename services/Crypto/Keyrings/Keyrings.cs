using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Finds keyrings for use: from memory while that is known to be fresh, else from the store.</summary>
internal sealed class Keyrings(
    KeyringStore store,
    KeyEncryptionKeys keyEncryptionKeys,
    InvalidationChannel invalidation,
    TimeProvider clock) : IDisposable
{
    /// <summary>The topic on which changes of keyrings are told, by name.</summary>
    public const string Topic = "keyring";

    private readonly CoherentCache<string, StoredKeyring> cache = new(invalidation, new CoherentCacheOptions(Topic), _ => null, clock);

    /// <summary>Returns a keyring, or null where there is none of this name.</summary>
    /// <exception cref="Refusal">The key hierarchy is not open: DEPENDENCY_UNAVAILABLE.</exception>
    public ValueTask<StoredKeyring?> FindAsync(string name, CancellationToken cancellationToken)
    {
        keyEncryptionKeys.ThrowIfClosed();
        return cache.GetAsync(name, store.FindAsync, cancellationToken);
    }

    /// <summary>Returns a keyring as it is now where memory does not know the version yet: another replica may just have made it.</summary>
    public async ValueTask<StoredKeyring?> FindAsync(string name, int version, CancellationToken cancellationToken)
    {
        var keyring = await FindAsync(name, cancellationToken);
        return keyring is not null && version > keyring.Description.Versions[^1].Number
            ? await store.FindAsync(name, cancellationToken)
            : keyring;
    }

    /// <summary>Tells every replica that a keyring changed. Call it after the commit.</summary>
    public Task InvalidateAsync(string name) => invalidation.PublishAsync(Topic, name);

    public void Dispose() => cache.Dispose();
}
