using System.Diagnostics;
using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace McpSecure.ApiKey.Tests;

public sealed class SameWorkTests
{
    // Memory knows the rows of some of these, and of others it cannot: each costs one look all the same.
    [Fact]
    public async Task Attack_UnknownAgainstWrong_TheSameWorkAlsoWhereMemoryKnowsTheRow()
    {
        using var host = await LiveChannelAsync();
        using var workshop = new Workshop(channel: host.Services.GetRequiredService<InvalidationChannel>());
        var issued = await workshop.IssueAsync();
        Assert.IsType<VerifyResult.Valid>(await workshop.VerifyAsync(issued.Secret.Reveal()));
        var reads = workshop.Store.Reads;
        Assert.IsType<VerifyResult.Valid>(await workshop.VerifyAsync(issued.Secret.Reveal()));
        Assert.Equal(reads, workshop.Store.Reads); // the cache is live, or the test proves nothing
        var revoked = await workshop.IssueAsync();
        await workshop.Revocation.RevokeAsync(RowScope.OfOwner(Workshop.Owner), revoked.Key.Id, new AuditEvent(), CancellationToken.None);
        var expired = await workshop.IssueAsync(TimeSpan.FromMinutes(1));
        workshop.Clock.Advance(TimeSpan.FromMinutes(2));
        await workshop.VerifyAsync(issued.Secret.Reveal());

        (KeyQuestion Question, InvalidBecause Why)[] attempts =
        [
            (new(workshop.WrongSecretFor(issued.Key.Id), []), InvalidBecause.SecretWrong),
            (new(workshop.WrongSecretFor(ApiKeyId.New(workshop.Clock.GetUtcNow())), []), InvalidBecause.Unknown),
            (new(revoked.Secret.Reveal(), []), InvalidBecause.Revoked),
            (new(expired.Secret.Reveal(), []), InvalidBecause.Expired),
            (new(issued.Secret.Reveal(), [], Organization: Guid.CreateVersion7(workshop.Clock.GetUtcNow())), InvalidBecause.OtherOrganization),
        ];
        foreach (var (question, why) in attempts)
        {
            await workshop.VerifyAsync(question);
            var before = (workshop.Hashes.Value, workshop.Store.Reads);

            Assert.Equal(why, Assert.IsType<VerifyResult.Invalid>(await workshop.VerifyAsync(question)).Why);

            Assert.Equal((before.Value, before.Reads + 1), (workshop.Hashes.Value, workshop.Store.Reads));
        }
    }

    // In turn, so that both meet the same weather; by medians, so that a pause of the machine counts for nothing. What is looked for is gross.
    [Fact]
    public async Task Attack_TimingOfUnknownAgainstWrong_TellsNothing()
    {
        using var workshop = new Workshop(new ApiKeyOptions { WorkFactor = 8, ConcurrentHashes = 1 });
        var issued = await workshop.IssueAsync();

        var ratio = await RatioAsync(
            workshop, () => workshop.WrongSecretFor(issued.Key.Id), () => workshop.WrongSecretFor(ApiKeyId.New(workshop.Clock.GetUtcNow())));

        Assert.InRange(ratio, 1 / 1.8, 1.8);
    }

    // The measure above would see a difference if there were one.
    [Fact]
    public async Task Timing_OfWhatSkipsTheComparison_IsSeen()
    {
        using var workshop = new Workshop(new ApiKeyOptions { WorkFactor = 8, ConcurrentHashes = 1 });
        var issued = await workshop.IssueAsync();

        var ratio = await RatioAsync(workshop, () => workshop.WrongSecretFor(issued.Key.Id), () => Workshop.ForgeryFor(issued.Key.Id));

        Assert.True(ratio > 1.8, $"The ratio is {ratio}.");
    }

    private static async Task<double> RatioAsync(Workshop workshop, Func<string> first, Func<string> second)
    {
        const int Pairs = 41;
        var times = (First: new double[Pairs], Second: new double[Pairs]);
        await TimeAsync(workshop, first());
        await TimeAsync(workshop, second());
        for (var i = 0; i < Pairs; i++)
        {
            times.First[i] = await TimeAsync(workshop, first());
            times.Second[i] = await TimeAsync(workshop, second());
        }

        Array.Sort(times.First);
        Array.Sort(times.Second);
        return times.First[Pairs / 2] / times.Second[Pairs / 2];
    }

    private static async Task<double> TimeAsync(Workshop workshop, string text)
    {
        var begun = Stopwatch.GetTimestamp();
        Assert.IsType<VerifyResult.Invalid>(await workshop.VerifyAsync(text));
        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }

    private static async Task<IHost> LiveChannelAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration["ConnectionStrings:redis"] = (await RedisServer.SharedAsync()).ConnectionString;
        builder.AddRedisChannel();
        var host = builder.Build();
        await host.StartAsync();
        var channel = host.Services.GetRequiredService<InvalidationChannel>();
        for (var tries = 0; !channel.IsLive && tries < 400; tries++)
        {
            await Task.Delay(25);
        }

        return host;
    }
}
