using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Testing;

namespace McpSecure.Audit.Tests;

public sealed class TailEventsTests(AuditPlatform platform) : IClassFixture<AuditPlatform>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly AuditService.AuditServiceClient client = platform.As("cli");

    [Fact]
    public async Task Tail_FromNow_GivesOnlyWhatArrivesAndSoon()
    {
        await platform.RecordAsync(Of("now/1"));
        using var tail = client.TailEvents(new() { Filter = new() { Resource = "now/1" } }, platform.Auditor.Metadata);
        await tail.ResponseHeadersAsync;
        var fresh = Of("now/1");

        var begun = TimeProvider.System.GetTimestamp();
        await platform.RecordAsync(fresh, Of("other/1"));

        Assert.Equal(fresh, Assert.Single(await TakeAsync(tail, 1)).Event);
        Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Tail_FromAPlace_GivesWhatIsThereAndWhatArrivesWithoutGaps()
    {
        var replica = await platform.StartReplicaAsync();
        var writers = new[] { platform.As("auth"), platform.As("auth", replica) };
        await platform.RecordAsync(Of("before/1"));
        using var tail = platform.As("cli", replica).TailEvents(new() { FromSequence = 1 }, platform.Auditor.Metadata);

        var writing = Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
            await writers[i % 2].RecordEventsAsync(new() { Events = { Enumerable.Range(0, 10).Select(_ => Of("many/1")) } })));
        var seen = await TakeAsync(tail, 402);
        await writing;

        Assert.Equal(Enumerable.Range(1, 402).Select(i => (long)i), seen.Select(one => one.Sequence));
    }

    [Fact]
    public async Task Tail_ResumedAfterTheLastPlace_MissesNothing()
    {
        var events = Enumerable.Range(0, 6).Select(_ => Of("resumed/1")).ToArray();
        await platform.RecordAsync(events);
        var filter = new EventFilter { Resource = "resumed/1" };
        IReadOnlyList<RecordedEvent> first;
        using (var tail = client.TailEvents(new() { Filter = filter, FromSequence = 1 }, platform.Auditor.Metadata))
        {
            first = await TakeAsync(tail, 2);
        }

        using var resumed = client.TailEvents(new() { Filter = filter, FromSequence = first[^1].Sequence + 1 }, platform.Auditor.Metadata);
        var rest = await TakeAsync(resumed, 4);

        Assert.Equal(events, first.Concat(rest).Select(one => one.Event));
    }

    [Fact]
    public async Task Tail_AfterItsTokenIsRevoked_Ends()
    {
        var reader = platform.Actors.SignIn("leaver", "audit-events:read");
        using var tail = client.TailEvents(new(), reader.Metadata);
        await tail.ResponseHeadersAsync;

        platform.Actors.Revoke(reader);

        await DrainAsync(tail).AssertRefusedAsync(ErrorReason.TokenInvalid);
    }

    [Fact]
    public async Task Tail_WhenTheServerStops_EndsUnavailable()
    {
        var replica = await platform.StartReplicaAsync();
        using var tail = platform.As("cli", replica).TailEvents(new(), platform.Auditor.Metadata);
        await tail.ResponseHeadersAsync;

        var stopping = replica.StopAsync();

        await DrainAsync(tail).AssertRefusedAsync(ErrorReason.DependencyUnavailable);
        await stopping;
    }

    private static async Task DrainAsync(AsyncServerStreamingCall<TailEventsResponse> tail)
    {
        while (await tail.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience))
        {
        }
    }

    private static async Task<IReadOnlyList<RecordedEvent>> TakeAsync(AsyncServerStreamingCall<TailEventsResponse> tail, int count)
    {
        var seen = new List<RecordedEvent>();
        while (seen.Count < count && await tail.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Patience))
        {
            seen.Add(tail.ResponseStream.Current.Event);
        }

        return seen;
    }

    private static AuditEvent Of(string resource)
    {
        var auditEvent = AuditPlatform.Event();
        auditEvent.Resource = resource;
        return auditEvent;
    }
}
