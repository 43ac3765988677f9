using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.Crypto;

/// <summary>Takes rotations of key-encryption keys forward, on one replica at a time, in small batches; broken off, it goes on where it was.</summary>
internal sealed class KeyHierarchyUpkeep(
    KeyEncryptionKeyRotation rotation,
    KeyEncryptionKeys keys,
    IOptions<KeyOptions> options,
    ServiceDatabase database,
    DatabaseReadiness readiness,
    TimeProvider clock,
    ILogger<KeyHierarchyUpkeep> logger)
    : LeaderWork("key-hierarchy-upkeep", options.Value.UpkeepInterval, database, readiness, clock, logger)
{
    protected override async Task<bool> RunRoundAsync(CancellationToken cancellationToken) => keys.AreOpen && await rotation.GoOnAsync(cancellationToken);
}

/// <summary>Keeps the open key-encryption keys of this replica as the stored ones are: at once when it is told, else within five seconds.</summary>
internal sealed class KeyHierarchyRefresh(
    KeyHierarchy hierarchy, KeyEncryptionKeys keys, InvalidationChannel invalidation, TimeProvider clock, ILogger<KeyHierarchyRefresh> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var told = new SemaphoreSlim(0);
        using var subscription = invalidation.Subscribe(KeyHierarchy.Topic, _ => told.Release(), () => { });
        while (true)
        {
            // A timer of the clock, since a test's may jump.
            using var wait = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            await Task.WhenAny(told.WaitAsync(wait.Token), Task.Delay(Interval, clock, wait.Token));
            await wait.CancelAsync();
            stoppingToken.ThrowIfCancellationRequested();
            if (!keys.AreOpen)
            {
                continue;
            }

            try
            {
                await hierarchy.RefreshAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.RefreshFailed(logger, e);
            }
        }
    }
}
