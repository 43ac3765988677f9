using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>
/// Takes key-encryption keys through their life. Each step is one transaction under the lock of the hierarchy, with its event; whoever does
/// it again, or goes on after another was broken off, finds nothing to do or goes on.
/// </summary>
internal sealed class KeyEncryptionKeyRotation(
    RootKeys rootKeys,
    KeyringStore transactions,
    KeyEncryptionKeyStore store,
    KeyEncryptionKeys keys,
    KeyHierarchy hierarchy,
    AuditEvents events,
    AuditOutbox outbox,
    TimeProvider clock,
    ILogger<KeyEncryptionKeyRotation> logger)
{
    /// <summary>How long a key is pending before it seals, and unused before it is deleted: replicas look every few seconds.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    private const int BatchSize = 100;

    /// <summary>Makes a new key, which becomes the active one after a while. Returns null where a rotation is under way already.</summary>
    /// <exception cref="RootKeyException">The root key cannot be used now.</exception>
    public async Task<StoredKeyEncryptionKey?> RotateAsync(AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        keys.ThrowIfClosed();
        using var roots = rootKeys.Open();
        var made = await transactions.InTransactionAsync<StoredKeyEncryptionKey?>(
            async transaction =>
            {
                if ((await transaction.LockHierarchyAsync(cancellationToken)).Any(key => key.State != KeyEncryptionKeyState.Active))
                {
                    return null;
                }

                var now = clock.GetUtcNow();
                var key = await KeyEncryptionKeys.CreateAsync(roots.Current, KeyEncryptionKeyState.Pending, now, cancellationToken);
                await transaction.AddAsync(key, cancellationToken);
                await outbox.AddAsync(transaction.Database, auditEvent.On(Resource(key)).With("root_key", key.RootKey), cancellationToken);
                return key;
            },
            cancellationToken);

        await hierarchy.TellAsync();
        return made;
    }

    /// <summary>Does the next step that is due. Returns whether there is more to do at once.</summary>
    public async Task<bool> GoOnAsync(CancellationToken cancellationToken)
    {
        var stored = await store.ListAsync(cancellationToken);
        var now = clock.GetUtcNow();
        if (stored.FirstOrDefault(key => key.State == KeyEncryptionKeyState.Pending) is { } pending)
        {
            return now - pending.CreatedAt >= Margin && await ActivateAsync(pending, cancellationToken);
        }

        if (stored.FirstOrDefault(key => key.State == KeyEncryptionKeyState.Retired) is not { } retired)
        {
            return false;
        }

        var batch = await store.ListSealedAsync(retired.Id, BatchSize, cancellationToken);
        if (batch.Count > 0)
        {
            return await SealAnewAsync(batch, cancellationToken) > 0
                | (retired.UnusedSince is not null && await SetUnusedAsync(retired, null, cancellationToken));
        }

        return retired.UnusedSince is not { } since
            ? await SetUnusedAsync(retired, now, cancellationToken)
            : now - since >= Margin && await DeleteAsync(retired, cancellationToken);
    }

    private async Task<bool> ActivateAsync(StoredKeyEncryptionKey pending, CancellationToken cancellationToken)
    {
        await ChangeAsync(
            pending,
            "crypto.key_encryption_key.activated",
            [
                "UPDATE key_encryption_keys SET state = 'retired' WHERE state = 'active' AND id <> $1",
                "UPDATE key_encryption_keys SET state = 'active' WHERE id = $1 AND state = 'pending'",
            ],
            cancellationToken);
        return true;
    }

    private async Task<int> SealAnewAsync(IReadOnlyList<SealedKey> batch, CancellationToken cancellationToken)
    {
        var done = 0;
        foreach (var old in batch)
        {
            // One that somebody changed opens nowhere and stays where it is, for the operator to see and restore.
            using var key = keys.TryUnwrap(old.Key, old.Label);
            if (key is not null)
            {
                await store.ReplaceAsync(old, keys.Wrap(key, old.Label), cancellationToken);
                done++;
            }
        }

        if (done < batch.Count)
        {
            Log.SealedKeysDoNotOpen(logger, batch.Count - done, batch[0].Key.KeyEncryptionKey);
        }

        return done;
    }

    private async Task<bool> SetUnusedAsync(StoredKeyEncryptionKey retired, DateTimeOffset? since, CancellationToken cancellationToken)
    {
        await store.SetUnusedAsync(retired.Id, since, cancellationToken);
        return false;
    }

    // A replica that has slept may have sealed a key under it all the same: then the reference keeps it from being deleted.
    private async Task<bool> DeleteAsync(StoredKeyEncryptionKey retired, CancellationToken cancellationToken)
    {
        await ChangeAsync(
            retired, "crypto.key_encryption_key.destroyed", ["DELETE FROM key_encryption_keys WHERE id = $1 AND state = 'retired'"], cancellationToken);
        return false;
    }

    private async Task ChangeAsync(StoredKeyEncryptionKey key, string action, string[] statements, CancellationToken cancellationToken)
    {
        var auditEvent = events.Start(action).By(PrincipalType.Service, "crypto").On(Resource(key)).With("root_key", key.RootKey);
        await transactions.InTransactionAsync(
            async transaction =>
            {
                await transaction.LockHierarchyAsync(cancellationToken);
                var changed = 0;
                foreach (var statement in statements)
                {
                    changed = await transaction.RunAsync(statement, key.Id, cancellationToken);
                }

                // Otherwise another replica was first, and has told.
                if (changed == 1)
                {
                    await outbox.AddAsync(transaction.Database, auditEvent, cancellationToken);
                }

                return true;
            },
            cancellationToken);
        await hierarchy.TellAsync();
    }

    private static string Resource(StoredKeyEncryptionKey key) => $"key-encryption-keys/{key.Id}";
}
