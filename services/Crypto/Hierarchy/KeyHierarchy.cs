using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>
/// Opens the key hierarchy and makes what an installation must have: a key-encryption key in an empty database and the built-in keyrings.
/// One transaction that holds a lock, so that replicas that start at once make each thing once.
/// </summary>
internal sealed class KeyHierarchy(
    RootKeys rootKeys,
    KeyringStore store,
    KeyEncryptionKeys keyEncryptionKeys,
    KeyringCreation creation,
    AuditEvents events,
    AuditOutbox outbox,
    TimeProvider clock)
{
    /// <summary>Opens the hierarchy.</summary>
    /// <exception cref="RootKeyException">The root key cannot be used or does not open what is stored; nothing was made or changed.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        using var root = rootKeys.Open();
        await store.InTransactionAsync(
            async transaction =>
            {
                var stored = await transaction.LockHierarchyAsync(cancellationToken);
                if (stored.Count == 0)
                {
                    stored = [await CreateKeyEncryptionKeyAsync(root, transaction, cancellationToken)];
                }

                await keyEncryptionKeys.OpenAsync(root, stored, cancellationToken);
                foreach (var (name, algorithm) in BuiltInKeyrings.All)
                {
                    var auditEvent = events.Start("crypto.keyring.created").On($"keyrings/{name}");
                    await creation.EnsureAsync(transaction, name, algorithm, auditEvent, cancellationToken);
                }

                return true;
            },
            cancellationToken);
    }

    // Only where there is none: key versions refer to the keys that sealed them, so no database that holds keys comes here.
    private async Task<StoredKeyEncryptionKey> CreateKeyEncryptionKeyAsync(IRootKey root, KeyringTransaction transaction, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var key = await KeyEncryptionKeys.CreateAsync(root, Guid.CreateVersion7(now), cancellationToken);
        await transaction.AddAsync(key, now, cancellationToken);
        await outbox.AddAsync(
            transaction.Database,
            events.Start("crypto.key_encryption_key.created").On($"key-encryption-keys/{key.Id}").With("root_key", key.RootKey),
            cancellationToken);
        return key;
    }
}
