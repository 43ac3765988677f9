using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.Crypto;

/// <summary>
/// Destroys versions and whole keyrings, which makes what they encrypted unreadable for good. First comes a delay in which they are unusable
/// already, so that whoever still needs them is heard, and in which it can be called off; then the sealed keys leave the database.
/// </summary>
internal sealed class KeyDestruction(KeyringChanges changes, SealedValues values, AuditEvents events, IOptions<KeyOptions> options, TimeProvider clock)
{
    /// <summary>Schedules a destruction.</summary>
    /// <param name="name">The keyring.</param>
    /// <param name="number">The version; null for the keyring as a whole.</param>
    /// <param name="delay">How long to wait; null for the least that the settings allow.</param>
    /// <param name="auditEvent">Tells of it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<ChangeResult> ScheduleAsync(string name, int? number, TimeSpan? delay, AuditEvent auditEvent, CancellationToken cancellationToken) => changes.RunAsync(
        name,
        Name(auditEvent, number).At(Severity.Warning),
        async (transaction, before) =>
        {
            var least = options.Value.MinDestructionDelay;
            if (delay < least)
            {
                return new ChangeResult.Misfit("delay", $"must be at least {least.TotalSeconds:0} s, the setting Keys:MinDestructionDelay.");
            }

            if (WhyNot(before, number) is { } refused)
            {
                return refused;
            }

            if (number is { } version && await values.WhyNeededAsync(name, version, version + 1, cancellationToken) is { } needed)
            {
                return needed;
            }

            var at = clock.GetUtcNow() + (delay ?? least);
            auditEvent.With("destroy_at", at.UtcDateTime.ToString("O"));
            await SetAsync(transaction, before, number, at, cancellationToken);
            return null;
        },
        cancellationToken);

    /// <summary>Calls a destruction off; the version or keyring is then as it was before.</summary>
    public Task<ChangeResult> CancelAsync(string name, int? number, AuditEvent auditEvent, CancellationToken cancellationToken) => changes.RunAsync(
        name,
        Name(auditEvent, number),
        async (transaction, before) =>
        {
            if (number is { } wanted && before.Find(wanted) is null)
            {
                return new ChangeResult.VersionNotFound(wanted);
            }

            if (number is null ? before.DestroyAt is null : before.Find(number.Value)!.DestroyAt is null)
            {
                return number is null ? new ChangeResult.NotScheduled() : new ChangeResult.StateConflict(before.Find(number.Value)!);
            }

            await SetAsync(transaction, before, number, null, cancellationToken);
            return null;
        },
        cancellationToken);

    /// <summary>Destroys of a keyring whatever is due by now.</summary>
    public Task<ChangeResult> DestroyDueAsync(string name, CancellationToken cancellationToken)
    {
        var auditEvent = events.Start("crypto.key_version.destroyed").By(PrincipalType.Service, "crypto").On($"keyrings/{name}").At(Severity.Warning);
        return changes.RunAsync(
            name,
            auditEvent,
            async (transaction, before) =>
            {
                var now = clock.GetUtcNow();
                var whole = before.DestroyAt <= now;
                var destroyed = new List<int>();
                foreach (var version in before.Versions.Where(version => version.State != KeyState.Destroyed && (whole || version.DestroyAt <= now)))
                {
                    // A replica that slept may have sealed something since it was looked at.
                    if (await values.CountAsync(name, version.Number, version.Number + 1, cancellationToken) == 0)
                    {
                        await DestroyAsync(transaction, name, version, now, cancellationToken);
                        destroyed.Add(version.Number);
                    }
                }

                if (!whole && destroyed.Count == 0)
                {
                    return new ChangeResult.NothingDue();
                }

                if (whole)
                {
                    await transaction.UpdateAsync(before with { DestroyAt = null, DestroyedAt = now }, cancellationToken);
                    auditEvent.Action = "crypto.keyring.destroyed";
                }

                auditEvent.With("versions", string.Join(',', destroyed));
                return null;
            },
            cancellationToken);
    }

    private static async Task DestroyAsync(KeyringTransaction transaction, string keyring, KeyVersion version, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (version.State == KeyState.Active)
        {
            await transaction.MoveAsync(keyring, version, KeyState.DecryptOnly, now, cancellationToken);
            version = version with { State = KeyState.DecryptOnly };
        }

        await transaction.MoveAsync(keyring, version, KeyState.Destroyed, now, cancellationToken);
    }

    private static ChangeResult? WhyNot(Keyring keyring, int? number)
    {
        var isBuiltIn = BuiltInKeyrings.All.Any(one => one.Name == keyring.Name);
        if (keyring.DestroyAt is not null)
        {
            return new ChangeResult.KeyringUnusable();
        }

        if (number is not { } wanted)
        {
            return isBuiltIn ? new ChangeResult.Protected("The platform cannot be without this keyring; only versions of it can be destroyed.") : null;
        }

        if (keyring.Find(wanted) is not { } version)
        {
            return new ChangeResult.VersionNotFound(wanted);
        }

        if (version.DestroyAt is not null || !KeyTransitions.Allows(version.State, KeyState.Destroyed))
        {
            return new ChangeResult.StateConflict(version);
        }

        return isBuiltIn && version.State != KeyState.Disabled && version.Number >= keyring.MinDecryptionVersion
            ? new ChangeResult.Protected("The platform uses this keyring: disable the version first, or raise the minimum above it, and see that nothing needs it.")
            : null;
    }

    private static Task SetAsync(KeyringTransaction transaction, Keyring before, int? number, DateTimeOffset? at, CancellationToken cancellationToken) =>
        number is { } version
            ? transaction.SetDestructionAsync(before.Name, version, at, cancellationToken)
            : transaction.UpdateAsync(before with { DestroyAt = at }, cancellationToken);

    private static AuditEvent Name(AuditEvent auditEvent, int? version) => version is { } number ? auditEvent.With("version", $"{number}") : auditEvent;
}
