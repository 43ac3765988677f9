using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>
/// Gives keyrings new active versions; the one before goes on decrypting and verifying. The change and the event that tells of it commit
/// together; rotations of one keyring wait for each other, so each makes a version.
/// </summary>
internal sealed class KeyRotation(
    KeyringStore store, Keyrings keyrings, KeyEncryptionKeys keyEncryptionKeys, AuditOutbox outbox, TimeProvider clock)
{
    /// <summary>Makes a new active version. Returns the keyring after it, or null where there is none of this name.</summary>
    public async Task<Keyring?> RotateAsync(string name, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        keyEncryptionKeys.ThrowIfClosed();
        if (await store.FindAsync(name, cancellationToken) is not { Description.Algorithm: var algorithm })
        {
            return null;
        }

        // Before the transaction: an RSA key may take a second to find.
        using var key = KeyMaterial.Generate(algorithm);
        var rotated = await store.InTransactionAsync(
            async transaction =>
            {
                var before = (await transaction.LockAsync(name, cancellationToken))!.Description;
                var version = before.Versions[^1].Number + 1;
                var wrapped = keyEncryptionKeys.Wrap(key, name, version, algorithm);
                await transaction.ActivateAsync(name, version, wrapped, clock.GetUtcNow(), cancellationToken);
                await outbox.AddAsync(transaction.Database, auditEvent.With("version", $"{version}").With("previous_version", $"{before.Active.Number}"), cancellationToken);
                return (await transaction.LockAsync(name, cancellationToken))!.Description;
            },
            cancellationToken);

        await keyrings.InvalidateAsync(name);
        return rotated;
    }
}
