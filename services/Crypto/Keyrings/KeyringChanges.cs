using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>
/// Changes keyrings that exist. A keyring is locked while it changes, so changes of one wait for each other; the change and the event that
/// tells of it commit together; then every replica is told.
/// </summary>
internal sealed class KeyringChanges(KeyringStore store, Keyrings keyrings, KeyEncryptionKeys keyEncryptionKeys, AuditOutbox outbox)
{
    /// <summary>Runs a change, which answers null once it is made and why not before it has changed anything.</summary>
    /// <exception cref="Refusal">The key hierarchy is not open: DEPENDENCY_UNAVAILABLE.</exception>
    public async Task<ChangeResult> RunAsync(
        string name, AuditEvent auditEvent, Func<KeyringTransaction, Keyring, Task<ChangeResult?>> change, CancellationToken cancellationToken)
    {
        keyEncryptionKeys.ThrowIfClosed();
        var result = await store.InTransactionAsync(
            async transaction =>
            {
                if (await transaction.LockAsync(name, cancellationToken) is not { Description: var before })
                {
                    return new ChangeResult.KeyringNotFound();
                }

                if (before.DestroyedAt is not null)
                {
                    return new ChangeResult.KeyringUnusable();
                }

                if (await change(transaction, before) is { } refused)
                {
                    return refused;
                }

                await outbox.AddAsync(transaction.Database, auditEvent, cancellationToken);
                return new ChangeResult.Changed((await transaction.LockAsync(name, cancellationToken))!.Description);
            },
            cancellationToken);

        if (result is ChangeResult.Changed)
        {
            await keyrings.InvalidateAsync(name);
        }

        return result;
    }
}

/// <summary>Says how a change of a keyring ended. Whatever is not <see cref="Changed"/> changed nothing.</summary>
internal abstract record ChangeResult
{
    private ChangeResult()
    {
    }

    /// <summary>The keyring after the change.</summary>
    public sealed record Changed(Keyring Keyring) : ChangeResult;

    /// <summary>There is no keyring of this name.</summary>
    public sealed record KeyringNotFound : ChangeResult;

    /// <summary>The keyring is destroyed or waits for it.</summary>
    public sealed record KeyringUnusable : ChangeResult;

    /// <summary>The keyring is not scheduled for destruction.</summary>
    public sealed record NotScheduled : ChangeResult;

    /// <summary>The keyring has no such version.</summary>
    public sealed record VersionNotFound(int Version) : ChangeResult;

    /// <summary>The state of the version does not allow this.</summary>
    public sealed record StateConflict(KeyVersion Version) : ChangeResult;

    /// <summary>The platform itself needs this; the sentence says what would have to be done first, if anything can.</summary>
    public sealed record Protected(string Why) : ChangeResult;

    /// <summary>A field of the request does not fit the keyring.</summary>
    public sealed record Misfit(string Field, string Why) : ChangeResult;

    /// <summary>By now there is nothing to do.</summary>
    public sealed record NothingDue : ChangeResult;
}
