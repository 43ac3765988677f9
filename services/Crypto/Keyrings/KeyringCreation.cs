using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Makes keyrings with a first active version. The keyring and the event that tells of it commit together.</summary>
internal sealed class KeyringCreation(KeyringStore store, KeyEncryptionKeys keyEncryptionKeys, AuditOutbox outbox, TimeProvider clock)
{
    private const int FirstVersion = 1;

    /// <summary>Makes a keyring. Returns null where the name is taken.</summary>
    public async Task<Keyring?> CreateAsync(string name, KeyAlgorithm algorithm, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        // Before the transaction: an RSA key may take a second to find.
        using var key = KeyMaterial.Generate(algorithm);
        return await store.InTransactionAsync(
            async transaction => await TryAddAsync(transaction, name, algorithm, key, auditEvent, cancellationToken)
                ? (await transaction.LockAsync(name, cancellationToken))!.Description
                : null,
            cancellationToken);
    }

    /// <summary>Makes a keyring in the caller's transaction, unless there is one of this name. Returns whether it did.</summary>
    public async Task<bool> EnsureAsync(
        KeyringTransaction transaction, string name, KeyAlgorithm algorithm, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        if (await transaction.LockAsync(name, cancellationToken) is not null)
        {
            return false;
        }

        using var key = KeyMaterial.Generate(algorithm);
        return await TryAddAsync(transaction, name, algorithm, key, auditEvent, cancellationToken);
    }

    private async Task<bool> TryAddAsync(
        KeyringTransaction transaction, string name, KeyAlgorithm algorithm, SecretBytes key, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        var wrapped = keyEncryptionKeys.Wrap(key, name, FirstVersion, algorithm);
        var now = clock.GetUtcNow();
        if (!await transaction.TryAddAsync(name, algorithm, now, cancellationToken))
        {
            return false;
        }

        await transaction.AddVersionAsync(name, FirstVersion, activateAt: null, wrapped, now, cancellationToken);
        await outbox.AddAsync(transaction.Database, auditEvent.With("algorithm", StoredNames.Of(algorithm)).With("version", $"{FirstVersion}"), cancellationToken);
        return true;
    }
}
