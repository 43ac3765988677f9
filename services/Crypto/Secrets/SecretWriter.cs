using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Writes versions of secrets. A value is sealed outside any transaction for the number that it will have, and sealed again where another writer took that number.</summary>
internal sealed class SecretWriter(SecretStore store, SecretChanges changes, SecretSeal seal, TimeProvider clock)
{
    /// <summary>Writes a version.</summary>
    /// <param name="path">Where.</param>
    /// <param name="value">What.</param>
    /// <param name="expectedVersion">The number that the newest version must have, 0: there must be no secret; null: whichever.</param>
    /// <param name="lifetime">How long until the version expires; null: as the secret's settings say.</param>
    /// <param name="auditEvent">Tells of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<WriteResult> WriteAsync(
        string path, ReadOnlyMemory<byte> value, int? expectedVersion, TimeSpan? lifetime, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        while (true)
        {
            var before = await store.FindAsync(path, cancellationToken);
            var newest = before?.NewestVersion ?? 0;
            if (expectedVersion is null && before is { Settings.CheckRequired: true })
            {
                return new WriteResult.CheckRequired();
            }

            if (expectedVersion is { } expected && expected != newest)
            {
                return new WriteResult.Conflict(newest);
            }

            var now = clock.GetUtcNow();
            var id = before?.Id ?? Guid.CreateVersion7(now);
            var description = new SecretVersion(newest + 1, now, now + (lifetime ?? before?.Settings.VersionLifetime), IsDeleted: false, IsDestroyed: false);
            var version = new NewVersion(
                description, await seal.SealAsync(value, SecretSeal.ContextOf(id, path, description.Number), cancellationToken));
            auditEvent.With("version", $"{description.Number}");

            var written = before is null
                ? await changes.TryAddAsync(id, path, version, auditEvent, cancellationToken)
                : await changes.TryAddVersionAsync(before, version, auditEvent, cancellationToken);
            if (written)
            {
                return new WriteResult.Written(description);
            }
        }
    }
}

/// <summary>Says how a write ended.</summary>
internal abstract record WriteResult
{
    private WriteResult()
    {
    }

    /// <summary>The version is there.</summary>
    public sealed record Written(SecretVersion Version) : WriteResult;

    /// <summary>The newest version is another than was expected.</summary>
    public sealed record Conflict(int NewestVersion) : WriteResult;

    /// <summary>The secret takes no write that does not say what it expects.</summary>
    public sealed record CheckRequired : WriteResult;
}
