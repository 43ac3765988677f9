using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.ApiKey.Tests;

public sealed class UseCountersTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ApiKeyMetrics metrics = new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());

    [Fact]
    public void Take_UsesOfTwoHours_AreApartAndTakenOnce()
    {
        var counters = new UseCounters(metrics);
        var key = ApiKeyId.New(Noon);
        counters.Count(key, UseOutcome.Allowed, Noon.AddMinutes(58));
        counters.Count(key, UseOutcome.Limited, Noon.AddMinutes(59));
        counters.Count(key, UseOutcome.Denied, Noon.AddMinutes(61));

        Assert.Equal(
            [
                new KeyUse(key, Noon, new UseCounts(1, 0, 1), Noon.AddMinutes(58)),
                new KeyUse(key, Noon.AddHours(1), new UseCounts(0, 1, 0), LastAllowedAt: null),
            ],
            counters.Take());
        Assert.Empty(counters.Take());
    }

    [Fact]
    public async Task Count_WhileOthersTake_LosesNothing()
    {
        var counters = new UseCounters(metrics);
        ApiKeyId[] keys = [ApiKeyId.New(Noon), ApiKeyId.New(Noon), ApiKeyId.New(Noon)];
        var taken = 0L;
        var counting = Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 50_000; i++)
            {
                counters.Count(keys[(i / 7) % 3], UseOutcome.Allowed, Noon);
            }
        })).ToArray();

        while (!Task.WhenAll(counting).IsCompleted)
        {
            taken += counters.Take().Sum(use => use.Counts.Allowed);
        }

        await Task.WhenAll(counting);
        Assert.Equal(200_000, taken + counters.Take().Sum(use => use.Counts.Allowed));
    }

    [Fact]
    public void Count_MoreKeysThanThereIsRoomFor_CountsTheFirst()
    {
        var counters = new UseCounters(metrics, capacity: 10);
        for (var i = 0; i < 100; i++)
        {
            counters.Count(ApiKeyId.New(Noon), UseOutcome.Allowed, Noon);
        }

        Assert.Equal(10, counters.Take().Count);
        counters.Take();
        counters.Count(ApiKeyId.New(Noon), UseOutcome.Allowed, Noon);
        Assert.Single(counters.Take());
    }
}
