using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.Crypto;

/// <summary>
/// Gives keyrings new versions. Where others verify with a public key, the version is pending first, published and not in use, so that
/// nobody meets a signature by a key that he could not know; elsewhere it is active at once. The version before goes on decrypting and
/// verifying. Rotations of one keyring wait for each other, so each makes a version.
/// </summary>
internal sealed class KeyRotation(
    KeyringStore store,
    KeyringChanges changes,
    KeyEncryptionKeys keyEncryptionKeys,
    AuditEvents events,
    IOptions<SigningOptions> options,
    TimeProvider clock)
{
    /// <summary>Makes a new version now.</summary>
    /// <param name="name">The keyring.</param>
    /// <param name="atOnce">Whether it is active at once, although verifiers may not know it yet: the one before is not to be trusted.</param>
    /// <param name="auditEvent">Tells of it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<ChangeResult> RotateAsync(string name, bool atOnce, AuditEvent auditEvent, CancellationToken cancellationToken) =>
        RotateAsync(name, atOnce, _ => true, auditEvent, cancellationToken);

    /// <summary>Makes a new version if the schedule or the count of messages wants one by now, however often it was missed.</summary>
    public async Task<ChangeResult> RotateIfDueAsync(string name, CancellationToken cancellationToken)
    {
        var auditEvent = events.Start("crypto.keyring.rotated").By(PrincipalType.Service, "crypto").On($"keyrings/{name}").With("reason", "schedule");
        return await RotateAsync(name, atOnce: false, keyring => keyring.IsRotationDue(clock.GetUtcNow()), auditEvent, cancellationToken);
    }

    /// <summary>Makes the pending versions whose time has come the active one, in turn.</summary>
    public async Task<ChangeResult> ActivateDueAsync(string name, CancellationToken cancellationToken)
    {
        var auditEvent = events.Start("crypto.key_version.activated").By(PrincipalType.Service, "crypto").On($"keyrings/{name}");
        return await changes.RunAsync(
            name,
            auditEvent,
            async (transaction, before) =>
            {
                var now = clock.GetUtcNow();
                if (before.DestroyAt is not null || before.Versions.LastOrDefault(version => version.ActivateAt <= now && version.DestroyAt is null) is not { } due)
                {
                    return new ChangeResult.NothingDue();
                }

                await ReplaceActiveAsync(transaction, before, now, cancellationToken);

                // One that was overtaken while nobody looked was published all the same and may verify.
                foreach (var version in before.Versions.Where(version => version.ActivateAt <= now && version.DestroyAt is null && version != due))
                {
                    await transaction.MoveAsync(name, version, KeyState.Active, now, cancellationToken);
                    await transaction.MoveAsync(name, version with { State = KeyState.Active }, KeyState.DecryptOnly, now, cancellationToken);
                }

                await transaction.MoveAsync(name, due, KeyState.Active, now, cancellationToken);
                auditEvent.With("version", $"{due.Number}").With("previous_version", $"{before.Active?.Number}");
                return null;
            },
            cancellationToken);
    }

    private async Task<ChangeResult> RotateAsync(
        string name, bool atOnce, Func<Keyring, bool> isWanted, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        keyEncryptionKeys.ThrowIfClosed();
        if (await store.FindAsync(name, cancellationToken) is not { Description: var found })
        {
            return new ChangeResult.KeyringNotFound();
        }

        if (!isWanted(found))
        {
            return new ChangeResult.NothingDue();
        }

        // Before the transaction: an RSA key may take seconds to find.
        var algorithm = found.Algorithm;
        using var key = KeyMaterial.Generate(algorithm);
        return await changes.RunAsync(
            name,
            auditEvent,
            async (transaction, before) =>
            {
                if (before.DestroyAt is not null)
                {
                    return new ChangeResult.KeyringUnusable();
                }

                if (!isWanted(before))
                {
                    return new ChangeResult.NothingDue();
                }

                var now = clock.GetUtcNow();
                var version = before.Versions[^1].Number + 1;
                var activateAt = algorithm.PurposeOf() == KeyPurpose.Signing && !atOnce ? now + options.Value.PublishAhead : (DateTimeOffset?)null;
                if (activateAt is null)
                {
                    await ReplaceActiveAsync(transaction, before, now, cancellationToken);
                }

                var wrapped = keyEncryptionKeys.Wrap(key, name, version, algorithm);
                await transaction.AddVersionAsync(name, version, activateAt, wrapped, now, cancellationToken);
                auditEvent.With("version", $"{version}").With("previous_version", $"{before.Active?.Number}").With("state", StoredNames.Of(activateAt is null ? KeyState.Active : KeyState.Pending));
                return null;
            },
            cancellationToken);
    }

    private static async Task ReplaceActiveAsync(KeyringTransaction transaction, Keyring keyring, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (keyring.Active is { } active)
        {
            await transaction.MoveAsync(keyring.Name, active, KeyState.DecryptOnly, now, cancellationToken);
        }
    }
}
