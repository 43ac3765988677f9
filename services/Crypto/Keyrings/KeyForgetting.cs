using System.Threading.Channels;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>
/// Zeroes keys in this replica's memory that may be used no more: soon after a change of their keyring is told on the invalidation channel,
/// and in any case within a minute, since messages may be lost.
/// </summary>
internal sealed class KeyForgetting(
    KeyringStore store, UnwrappedKeys keys, InvalidationChannel invalidation, TimeProvider clock, ILogger<KeyForgetting> logger) : BackgroundService
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

    // Between getting a key and using it nothing waits; this is for a thread that the scheduler left lying.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly Channel<string> changed = Channel.CreateBounded<string>(new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropWrite });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var subscription = invalidation.Subscribe(Keyrings.Topic, name => changed.Writer.TryWrite(name), () => { });
        using var sweep = new PeriodicTimer(SweepInterval, clock);
        var tick = sweep.WaitForNextTickAsync(stoppingToken).AsTask();
        var told = changed.Reader.WaitToReadAsync(stoppingToken).AsTask();
        while (true)
        {
            IReadOnlyCollection<string> names;
            if (await Task.WhenAny(told, tick) == tick)
            {
                await tick;
                tick = sweep.WaitForNextTickAsync(stoppingToken).AsTask();
                names = keys.Keyrings;
            }
            else
            {
                await told;
                names = Told();
                told = changed.Reader.WaitToReadAsync(stoppingToken).AsTask();
            }

            await ForgetAsync(names, stoppingToken);
        }
    }

    private HashSet<string> Told()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (changed.Reader.TryRead(out var name))
        {
            names.Add(name);
        }

        return names;
    }

    private async Task ForgetAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var forgotten = new List<KeyMaterial>();
        foreach (var name in names.Intersect(keys.Keyrings, StringComparer.Ordinal))
        {
            try
            {
                var keyring = await store.FindAsync(name, cancellationToken);
                forgotten.AddRange(keys.Forget(name, version => keyring?.Description.InUse.Any(one => one.Number == version) == true));
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // The next sweep looks again.
                Log.ForgettingFailed(logger, name, e);
            }
        }

        if (forgotten.Count > 0)
        {
            await Task.Delay(Grace, clock, CancellationToken.None);
            forgotten.ForEach(key => key.Dispose());
        }
    }
}
