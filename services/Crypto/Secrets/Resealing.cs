using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.Crypto;

/// <summary>
/// Seals anew, after a rotation of the keyring <c>secrets</c>, what lies under its older versions: on one replica at a time, in batches, without any
/// other change to what is stored. Broken off anywhere, it goes on with what is left.
/// </summary>
internal sealed class Resealing(
    SealedValues values,
    DataEncryption encryption,
    KeyEncryptionKeys keys,
    AuditEvents events,
    AuditOutbox outbox,
    IOptions<KeyOptions> options,
    ServiceDatabase database,
    DatabaseReadiness readiness,
    TimeProvider clock,
    ILogger<Resealing> logger)
    : LeaderWork("resealing", options.Value.UpkeepInterval, database, readiness, clock, logger)
{
    private const int BatchSize = 100;

    private readonly ServiceDatabase database = database;
    private int saidNotOpening;

    /// <inheritdoc/>
    protected override async Task<bool> RunRoundAsync(CancellationToken cancellationToken)
    {
        if (!keys.AreOpen
            || await encryption.FindAsync(BuiltInKeyrings.Secrets, messages: 1, cancellationToken) is not EncryptionKeyringResult.Found(var keyring))
        {
            return false;
        }

        var (done, notOpening) = (0, 0);
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
            done += await values.ReplaceAsync(changes, cancellationToken);
        }

        if (notOpening != saidNotOpening)
        {
            saidNotOpening = notOpening;
            Log.SealedValuesDoNotOpen(logger, notOpening);
        }

        if (done > 0)
        {
            await TellAsync(keyring.ActiveVersion, done, cancellationToken);
        }

        return false;
    }

    private async Task TellAsync(int version, int done, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var auditEvent = events.Start("crypto.keyring.values_resealed").By(PrincipalType.Service, "crypto").On($"keyrings/{BuiltInKeyrings.Secrets}");
        await outbox.AddAsync(transaction, auditEvent.With("version", $"{version}").With("values", $"{done}"), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
