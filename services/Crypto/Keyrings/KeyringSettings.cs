using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Changes what may be set of a keyring, and which of its versions are of use.</summary>
internal sealed class KeyringSettings(KeyringChanges changes, SealedValues values, TimeProvider clock)
{
    /// <summary>The least time between two rotations by schedule: less makes versions faster than anybody rewraps.</summary>
    public static readonly TimeSpan ShortestRotationPeriod = TimeSpan.FromHours(1);

    /// <summary>Changes the schedule, the minimum for decryption, or both.</summary>
    /// <param name="name">The keyring.</param>
    /// <param name="rotationPeriod">The new period; zero ends the schedule, null leaves it.</param>
    /// <param name="minDecryptionVersion">The new minimum; null leaves it.</param>
    /// <param name="auditEvent">Tells of it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<ChangeResult> UpdateAsync(
        string name, TimeSpan? rotationPeriod, int? minDecryptionVersion, AuditEvent auditEvent, CancellationToken cancellationToken) => changes.RunAsync(
        name,
        auditEvent,
        async (transaction, before) =>
        {
            if (rotationPeriod is { } period && period != TimeSpan.Zero && period < ShortestRotationPeriod)
            {
                return new ChangeResult.Misfit("rotation_period", "must be at least an hour, or 0 to end the schedule.");
            }

            if (minDecryptionVersion > before.Active?.Number)
            {
                return new ChangeResult.Misfit("min_decryption_version", $"must not exceed the active version, {before.Active.Number}.");
            }

            if (minDecryptionVersion > before.MinDecryptionVersion
                && await values.WhyNeededAsync(name, before.MinDecryptionVersion, minDecryptionVersion.Value, cancellationToken) is { } needed)
            {
                return needed;
            }

            var after = before with
            {
                RotationPeriod = rotationPeriod is { } wanted ? (wanted == TimeSpan.Zero ? null : wanted) : before.RotationPeriod,
                MinDecryptionVersion = minDecryptionVersion ?? before.MinDecryptionVersion,
            };
            await transaction.UpdateAsync(after, cancellationToken);
            auditEvent
                .With("rotation_period", after.RotationPeriod is { } told ? $"{told.TotalSeconds:0}s" : "none")
                .With("min_decryption_version", $"{after.MinDecryptionVersion}");
            return null;
        },
        cancellationToken);

    /// <summary>Takes a version out of use; its key is kept.</summary>
    public Task<ChangeResult> DisableAsync(string name, int version, AuditEvent auditEvent, CancellationToken cancellationToken) =>
        MoveAsync(name, version, KeyState.Disabled, auditEvent, cancellationToken);

    /// <summary>Lets a disabled version decrypt and verify again.</summary>
    public Task<ChangeResult> EnableAsync(string name, int version, AuditEvent auditEvent, CancellationToken cancellationToken) =>
        MoveAsync(name, version, KeyState.DecryptOnly, auditEvent, cancellationToken);

    private Task<ChangeResult> MoveAsync(string name, int number, KeyState to, AuditEvent auditEvent, CancellationToken cancellationToken) => changes.RunAsync(
        name,
        auditEvent.With("version", $"{number}"),
        async (transaction, before) =>
        {
            if (before.Find(number) is not { } version)
            {
                return new ChangeResult.VersionNotFound(number);
            }

            // From active to decrypt-only leads a rotation alone.
            if (version.State == KeyState.Active || version.DestroyAt is not null || !KeyTransitions.Allows(version.State, to))
            {
                return new ChangeResult.StateConflict(version);
            }

            if (to == KeyState.Disabled && await values.WhyNeededAsync(name, number, number + 1, cancellationToken) is { } needed)
            {
                return needed;
            }

            await transaction.MoveAsync(name, version, to, clock.GetUtcNow(), cancellationToken);
            return null;
        },
        cancellationToken);
}
