using Microsoft.Extensions.Logging.Abstractions;

namespace McpSecure.ServiceDefaults.Tests.Caching;

/// <summary>Loses the invalidation channel at the worst moments.</summary>
public sealed class CoherentCacheRaceTests
{
    [Fact]
    public async Task Read_BegunAsTheChannelIsLost_IsNotKeptForWhenItIsBack()
    {
        var channel = new InvalidationChannel(TimeProvider.System, NullLogger<InvalidationChannel>.Instance);
        var transport = new Loop(channel);
        channel.Connect(transport);
        await channel.EchoAsync();
        using var cache = new CoherentCache<Trap, string>(channel, new CoherentCacheOptions("thing"), _ => null, TimeProvider.System);

        // The channel is lost between the cache's look whether it is live and the look at the key's generation.
        await cache.GetAsync(new Trap(channel.Lose), (_, _) => Task.FromResult<string?>("stale"), CancellationToken.None);
        await channel.EchoAsync();

        Assert.True(channel.IsLive);
        Assert.False(cache.TryGet(new Trap(() => { }), out _));
    }

    private sealed class Loop(InvalidationChannel channel) : IInvalidationTransport
    {
        public Task<bool> PublishAsync(string text)
        {
            channel.Hear(text);
            return Task.FromResult(true);
        }
    }

    /// <summary>Is equal to every other one; does something the second time that its hash is asked for: after the look into the cache.</summary>
    private sealed class Trap(Action spring) : IParsable<Trap>, IEquatable<Trap>
    {
        private int asked;

        public static Trap Parse(string s, IFormatProvider? provider) => throw new NotSupportedException();

        public static bool TryParse(string? s, IFormatProvider? provider, out Trap result)
        {
            result = null!;
            return false;
        }

        public bool Equals(Trap? other) => other is not null;

        public override bool Equals(object? obj) => obj is Trap;

        public override int GetHashCode()
        {
            if (++asked == 2)
            {
                spring();
            }

            return 1;
        }
    }
}
