using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.Crypto;

/// <summary>
/// Does what is due for keyrings, on one replica at a time: destroys, activates, rotates. Each step looks again under the keyring's lock, so
/// that a replica which only believes that it leads does nothing twice. What was missed while nobody ran is done once.
/// </summary>
internal sealed class KeyringUpkeep : LeaderWork
{
    private const int BatchSize = 100;

    private readonly KeyringStore store;
    private readonly KeyRotation rotation;
    private readonly KeyDestruction destruction;
    private readonly KeyEncryptionKeys keyEncryptionKeys;
    private readonly TimeProvider clock;
    private readonly ILogger<KeyringUpkeep> logger;

    public KeyringUpkeep(
        KeyringStore store,
        KeyRotation rotation,
        KeyDestruction destruction,
        KeyEncryptionKeys keyEncryptionKeys,
        IOptions<KeyOptions> options,
        ServiceDatabase database,
        DatabaseReadiness readiness,
        TimeProvider clock,
        ILogger<KeyringUpkeep> logger)
        : base("keyring-upkeep", options.Value.UpkeepInterval, database, readiness, clock, logger) =>
        (this.store, this.rotation, this.destruction, this.keyEncryptionKeys, this.clock, this.logger)
            = (store, rotation, destruction, keyEncryptionKeys, clock, logger);

    protected override async Task<bool> RunRoundAsync(CancellationToken cancellationToken)
    {
        if (!keyEncryptionKeys.AreOpen)
        {
            return false;
        }

        var due = await store.ListDueAsync(clock.GetUtcNow(), BatchSize, cancellationToken);
        var failed = 0;
        foreach (var name in due)
        {
            try
            {
                await destruction.DestroyDueAsync(name, cancellationToken);
                await rotation.ActivateDueAsync(name, cancellationToken);
                await rotation.RotateIfDueAsync(name, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && !e.IsDatabaseAway())
            {
                // One keyring whose rows were tampered with must not keep the others from their turn.
                Log.UpkeepFailed(logger, name, e);
                failed++;
            }
        }

        return due.Count == BatchSize && failed == 0;
    }
}
