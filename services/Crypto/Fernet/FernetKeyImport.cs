using System.Security.Cryptography;
using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Takes keys of other platforms into a keyring of Fernet keys, each as its new active version, and each once.</summary>
internal sealed class FernetKeyImport(KeyringChanges changes, KeyEncryptionKeys keyEncryptionKeys, TimeProvider clock)
{
    /// <summary>Takes a key of 32 bytes.</summary>
    public Task<ChangeResult> ImportAsync(string name, SecretBytes key, AuditEvent auditEvent, CancellationToken cancellationToken) => changes.RunAsync(
        name,
        auditEvent,
        async (transaction, before) =>
        {
            if (before.DestroyAt is not null)
            {
                return new ChangeResult.KeyringUnusable();
            }

            if (WhichIs((await transaction.LockAsync(name, cancellationToken))!, key) is { } held)
            {
                return new ChangeResult.Misfit("key", $"is version {held} of this keyring already.");
            }

            var now = clock.GetUtcNow();
            var version = before.Versions[^1].Number + 1;
            if (before.Active is { } active)
            {
                await transaction.MoveAsync(name, active, KeyState.DecryptOnly, now, cancellationToken);
            }

            var wrapped = keyEncryptionKeys.Wrap(key, name, version, KeyAlgorithm.Fernet);
            await transaction.AddVersionAsync(name, version, activateAt: null, wrapped, now, cancellationToken);
            auditEvent.With("version", $"{version}").With("previous_version", $"{before.Active?.Number}");
            return null;
        },
        cancellationToken);

    // Opened for the comparison and no longer: the key of a disabled version is not to lie in memory. A destroyed one has none.
    private int? WhichIs(StoredKeyring keyring, SecretBytes key)
    {
        foreach (var (version, wrapped) in keyring.Keys)
        {
            using var known = keyEncryptionKeys.Unwrap(wrapped, keyring.Description.Name, version, KeyAlgorithm.Fernet);
            if (CryptographicOperations.FixedTimeEquals(known.Reveal(), key.Reveal()))
            {
                return version;
            }
        }

        return null;
    }
}
