using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.Crypto;

/// <summary>
/// Seals anew, after a rotation of the keyring <c>secrets</c>, what lies under its older versions: on one replica at a time, in batches, without any
/// other change to what is stored; each batch commits with the event that tells of it. Broken off anywhere, it goes on with what is left.
/// </summary>
internal sealed class Resealing(
    SealedValues values,
    DataEncryption encryption,
    KeyEncryptionKeys keys,
    AuditEvents events,
    IOptions<KeyOptions> options,
    ServiceDatabase database,
    DatabaseReadiness readiness,
    TimeProvider clock,
    ILogger<Resealing> logger)
    : LeaderWork("resealing", options.Value.UpkeepInterval, database, readiness, clock, logger)
{
    private const int BatchSize = 100;

    private int saidNotOpening;

    /// <inheritdoc/>
    protected override async Task<bool> RunRoundAsync(CancellationToken cancellationToken)
    {
        if (!keys.AreOpen
            || await encryption.FindAsync(BuiltInKeyrings.Secrets, messages: 1, cancellationToken) is not EncryptionKeyringResult.Found(var keyring))
        {
            return false;
        }

        var notOpening = 0;
        await foreach (var batch in values.ReadBeforeAsync(keyring.ActiveVersion, cancellationToken).Chunk(BatchSize).WithCancellation(cancellationToken))
        {
            var changes = new List<(SealedValue, string)>(batch.Length);
            foreach (var value in batch)
            {
                // One that somebody changed, or whose version is disabled, stays as it is for an administrator to see to.
                if (keyring.Rewrap(value.Ciphertext, value.Context) is { } anew)
                {
                    changes.Add((value, anew));
                }
            }

            notOpening += batch.Length - changes.Count;
            await values.ReplaceAsync(changes, Told(keyring.ActiveVersion), cancellationToken);
        }

        if (notOpening != saidNotOpening)
        {
            saidNotOpening = notOpening;
            Log.SealedValuesDoNotOpen(logger, notOpening);
        }

        return false;
    }

    private AuditEvent Told(int version) => events.Start("crypto.keyring.values_resealed")
        .By(PrincipalType.Service, "crypto").On($"keyrings/{BuiltInKeyrings.Secrets}").With("version", $"{version}");
}
