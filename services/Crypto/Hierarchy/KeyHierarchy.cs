using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>
/// Opens the key hierarchy and makes what an installation must have: a key-encryption key in an empty database and the built-in keyrings.
/// One transaction that holds a lock, so that replicas that start at once make each thing once.
/// </summary>
internal sealed class KeyHierarchy(
    RootKeys rootKeys,
    KeyringStore store,
    KeyEncryptionKeyStore keyEncryptionKeyStore,
    KeyEncryptionKeys keyEncryptionKeys,
    KeyringCreation creation,
    AuditEvents events,
    AuditOutbox outbox,
    InvalidationChannel invalidation,
    TimeProvider clock)
{
    /// <summary>The topic on which it is told that key-encryption keys came or went.</summary>
    public const string Topic = "key-hierarchy";

    private const string AllKeys = "key-encryption-keys";

    // Between finding a key and using it nothing waits.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>Opens the hierarchy. What the previous root key sealed is sealed under the current one first.</summary>
    /// <exception cref="RootKeyException">The root key cannot be used or does not open what is stored; nothing was made or changed.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        using var roots = rootKeys.Open();
        await store.InTransactionAsync(
            async transaction =>
            {
                var stored = await transaction.LockHierarchyAsync(cancellationToken);
                if (stored.Count == 0)
                {
                    stored = [await CreateKeyEncryptionKeyAsync(roots.Current, transaction, cancellationToken)];
                }

                foreach (var key in stored.Where(roots.IsOfPrevious))
                {
                    await SealAnewAsync(roots, key, transaction, cancellationToken);
                }

                await keyEncryptionKeys.OpenAsync(roots, await transaction.LockHierarchyAsync(cancellationToken), cancellationToken);
                foreach (var (name, algorithm) in BuiltInKeyrings.All)
                {
                    var auditEvent = events.Start("crypto.keyring.created").On($"keyrings/{name}");
                    await creation.EnsureAsync(transaction, name, algorithm, auditEvent, cancellationToken);
                }

                return true;
            },
            cancellationToken);
    }

    /// <summary>Follows what was stored since: opens keys that are new, and zeroes those that are gone.</summary>
    /// <exception cref="RootKeyException">A new key cannot be opened; those that were open stay so.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var stored = await keyEncryptionKeyStore.ListAsync(cancellationToken);
        if (keyEncryptionKeys.Are(stored))
        {
            return;
        }

        using var roots = rootKeys.Open();
        var gone = await keyEncryptionKeys.OpenAsync(roots, stored, cancellationToken);
        await Task.Delay(Grace, clock, CancellationToken.None);
        foreach (var key in gone)
        {
            key.Dispose();
        }
    }

    /// <summary>Tells every replica to follow.</summary>
    public Task TellAsync() => invalidation.PublishAsync(Topic, AllKeys);

    private async Task SealAnewAsync(RootKeySet roots, StoredKeyEncryptionKey key, KeyringTransaction transaction, CancellationToken cancellationToken)
    {
        var anew = await KeyEncryptionKeys.SealAnewAsync(roots, key, cancellationToken);
        await transaction.SealAnewAsync(anew, cancellationToken);
        await outbox.AddAsync(
            transaction.Database,
            events.Start("crypto.key_encryption_key.rewrapped")
                .By(PrincipalType.Service, "crypto")
                .On($"key-encryption-keys/{key.Id}")
                .With("root_key", anew.RootKey)
                .With("previous_root_key", key.RootKey),
            cancellationToken);
    }

    // Only where there is none: key versions refer to the keys that sealed them, so no database that holds keys comes here.
    private async Task<StoredKeyEncryptionKey> CreateKeyEncryptionKeyAsync(IRootKey root, KeyringTransaction transaction, CancellationToken cancellationToken)
    {
        var key = await KeyEncryptionKeys.CreateAsync(root, KeyEncryptionKeyState.Active, clock.GetUtcNow(), cancellationToken);
        await transaction.AddAsync(key, cancellationToken);
        await outbox.AddAsync(
            transaction.Database,
            events.Start("crypto.key_encryption_key.created").On($"key-encryption-keys/{key.Id}").With("root_key", key.RootKey),
            cancellationToken);
        return key;
    }
}
