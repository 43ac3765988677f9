using System.Security.Cryptography;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Testing;

namespace McpSecure.Audit.Tests;

public sealed class QueryEventsTests(AuditPlatform platform) : IClassFixture<AuditPlatform>
{
    private readonly AuditService.AuditServiceClient client = platform.As("cli");

    [Fact]
    public async Task Query_NewestFirst_ShowsWhatWasRecorded()
    {
        var (first, second) = (Of("shown/1"), Of("shown/1"));
        first.Attributes["k"] = "v";
        await platform.RecordAsync(first, second);

        var found = await QueryAsync(new() { Resource = "shown/1" });

        Assert.Equal([second, first], found.Select(one => one.Event));
        Assert.Equal(found[1].Sequence + 1, found[0].Sequence);
        Assert.InRange(TimeProvider.System.GetUtcNow() - found[0].RecordedAt.ToDateTimeOffset(), TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Query_ByAnyFilter_AgreesWithTheMatcher()
    {
        string[] actions = ["auth.user.created", "auth.user.erased", "auth.session.ended", "authz.role.given", "crypto.data.decrypted"];
        string[] actors = ["", "u1", "u2"];
        string[] resources = ["", "agree/1", "agree/2"];
        string[] traces = ["", "4bf92f3577b34da6a3ce929d0e0e4736", "00000000000000000000000000000001"];
        var events = Enumerable.Range(0, 300).Select(i =>
        {
            var one = AuditPlatform.Event(action: Pick(actions));
            one.OccurredAt = new() { Seconds = 1_000_000 + RandomNumberGenerator.GetInt32(20), Nanos = RandomNumberGenerator.GetInt32(1_000_000_000) };
            (one.Resource, one.TraceId, one.Outcome) = (Pick(resources), Pick(traces), Pick([Outcome.Success, Outcome.Denied, Outcome.Failure]));
            one.Actor = Pick(actors) is { Length: > 0 } id ? new() { Type = PrincipalType.User, Id = id } : null;
            return one;
        }).ToArray();
        await platform.RecordAsync(events);

        for (var i = 0; i < 100; i++)
        {
            var filter = new EventFilter
            {
                Action = Pick(["", "", "auth.", "auth.user.", "authz.", "auth.user.created", "auth.user"]),
                ActorId = Pick(actors),
                Resource = Pick(resources),
                TraceId = Pick(traces),
                Source = "auth",
                Outcome = Pick([Outcome.Unspecified, Outcome.Success, Outcome.Denied, Outcome.Failure]),
                Since = new() { Seconds = 1_000_000 + RandomNumberGenerator.GetInt32(20), Nanos = RandomNumberGenerator.GetInt32(1_000_000_000) },
                Until = new() { Seconds = 1_000_000 + RandomNumberGenerator.GetInt32(25) },
            };

            var found = await QueryAsync(filter, pageSize: 1000);

            Assert.Equal(events.Where(filter.Matches).Select(one => one.EventId).Reverse(), found.Select(one => one.Event.EventId));
        }
    }

    [Fact]
    public async Task Query_PageByPage_GivesEachOnceWhileTheLogGrows()
    {
        var events = Enumerable.Range(0, 25).Select(_ => Of("paged/1")).ToArray();
        await platform.RecordAsync(events);
        var filter = new EventFilter { Resource = "paged/1" };

        var seen = new List<string>();
        var token = "";
        do
        {
            var page = await client.QueryEventsAsync(new() { Filter = filter, PageSize = 10, PageToken = token }, platform.Auditor.Metadata);
            seen.AddRange(page.Events.Select(one => one.Event.EventId));
            token = page.NextPageToken;
            await platform.RecordAsync(Of("paged/1"));
        }
        while (token.Length > 0);

        Assert.Equal(events.Reverse().Select(one => one.EventId), seen);
    }

    [Fact]
    public async Task Query_OfLargeEvents_AnswersPagesThatClientsCanRead()
    {
        await platform.RecordAsync(Enumerable.Range(0, 20).Select(_ => Large()).ToArray());
        await platform.RecordAsync(Enumerable.Range(0, 20).Select(_ => Large()).ToArray());
        var seen = 0;
        var token = "";
        do
        {
            var page = await client.QueryEventsAsync(new() { Filter = new() { Resource = "large/1" }, PageSize = 1000, PageToken = token }, platform.Auditor.Metadata);
            Assert.NotEmpty(page.Events);
            seen += page.Events.Count;
            token = page.NextPageToken;
        }
        while (token.Length > 0);

        Assert.Equal(40, seen);

        static AuditEvent Large()
        {
            var one = Of("large/1");
            for (var i = 0; i < 32; i++)
            {
                one.Attributes[$"{i}"] = new string('\u20AC', 1024);
            }

            return one;
        }
    }

    [Fact]
    public async Task PageToken_OfAnotherFilterOrForged_IsRefused()
    {
        await platform.RecordAsync(Of("tokens/1"), Of("tokens/1"));
        var filter = new EventFilter { Resource = "tokens/1" };
        var token = (await client.QueryEventsAsync(new() { Filter = filter, PageSize = 1 }, platform.Auditor.Metadata)).NextPageToken;
        Assert.Single((await client.QueryEventsAsync(new() { Filter = filter, PageToken = token }, platform.Auditor.Metadata)).Events);

        await AssertRefusedAsync(new() { Resource = "tokens/2" }, token);
        await AssertRefusedAsync(new(), token);
        for (var i = 0; i < token.Length; i++)
        {
            var changed = token.ToCharArray();
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            await AssertRefusedAsync(filter, new string(changed));
        }

        foreach (var forged in new[] { "x", token[..^1], token + "A", token + " ", new string('A', token.Length), "\u00e9" })
        {
            await AssertRefusedAsync(filter, forged);
        }

        Task AssertRefusedAsync(EventFilter other, string text) => client.QueryEventsAsync(new() { Filter = other, PageToken = text }, platform.Auditor.Metadata)
            .AssertRefusedAsync(ErrorReason.PageTokenInvalid);
    }

    [Fact]
    public async Task PageToken_OfOneReplica_IsTakenByAnother()
    {
        await platform.RecordAsync(Of("replicas/1"), Of("replicas/1"));
        var filter = new EventFilter { Resource = "replicas/1" };
        var other = platform.As("cli", await platform.StartReplicaAsync());

        var token = (await client.QueryEventsAsync(new() { Filter = filter, PageSize = 1 }, platform.Auditor.Metadata)).NextPageToken;

        Assert.Single((await other.QueryEventsAsync(new() { Filter = filter, PageToken = token }, platform.Auditor.Metadata)).Events);
    }

    [Fact]
    public async Task Query_IsItselfRecorded()
    {
        var reader = platform.Actors.SignIn("curious", "audit-events:read");

        await client.QueryEventsAsync(new() { Filter = new() { ActorId = "u1", Action = "auth.", Outcome = Outcome.Denied } }, reader.Metadata);

        var recorded = Assert.Single(await QueryAsync(new() { ActorId = reader.Actor.UserId })).Event;
        Assert.Equal(("audit", "audit.events.queried", "cli", "curious", "audit-events", Outcome.Success),
            (recorded.Source, recorded.Action, recorded.Caller, recorded.ActorName, recorded.Resource, recorded.Outcome));
        Assert.Equal(("u1", "auth.", "Denied"), (recorded.Attributes["filter.actor_id"], recorded.Attributes["filter.action"], recorded.Attributes["filter.outcome"]));
    }

    [Fact]
    public async Task Reading_ByWhoMayNot_IsRefusedAndRecorded()
    {
        var user = platform.Actors.SignIn("nosy", "servers:read");
        var weak = platform.Actors.SignInWithPasswordOnly("weak", "audit-events:read");

        await client.QueryEventsAsync(new()).AssertRefusedAsync(ErrorReason.TokenMissing);
        await client.QueryEventsAsync(new(), weak.Metadata).AssertRefusedAsync(ErrorReason.StepUpRequired);
        await client.QueryEventsAsync(new(), user.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await client.VerifyLogAsync(new(), user.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await client.TailEvents(new(), user.Metadata).ResponseStream.MoveNext(CancellationToken.None).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await client.ReadLog(new(), user.Metadata).ResponseStream.MoveNext(CancellationToken.None).AssertRefusedAsync(ErrorReason.PermissionDenied);

        var recorded = await QueryAsync(new() { ActorId = user.Actor.UserId });
        Assert.Equal(["audit.log.read", "audit.events.followed", "audit.log.verified", "audit.events.queried"], recorded.Select(one => one.Event.Action));
        Assert.All(recorded, one => Assert.Equal((Outcome.Denied, "PERMISSION_DENIED", Severity.Warning), (one.Event.Outcome, one.Event.Reason, one.Event.Severity)));
        Assert.Equal("STEP_UP_REQUIRED", Assert.Single(await QueryAsync(new() { ActorId = weak.Actor.UserId })).Event.Reason);
    }

    [Theory]
    [InlineData("auth")]
    [InlineData("crypto")]
    public async Task WrongWorkload_Reading_IsRefused(string caller) =>
        await platform.As(caller).QueryEventsAsync(new(), platform.Auditor.Metadata).AssertRefusedAsync(ErrorReason.CallerNotAllowed);

    [Fact]
    public async Task Request_OutOfRange_IsRefusedWithItsFields()
    {
        var filter = new EventFilter { TraceId = "x", Action = "Auth", Source = "no such", Outcome = (Outcome)9, Since = new() { Nanos = -1 } };

        await client.QueryEventsAsync(new() { Filter = filter, PageSize = 1001 }, platform.Auditor.Metadata)
            .AssertFieldsRefusedAsync("filter.trace_id", "filter.action", "filter.outcome", "filter.since", "filter.source", "page_size");
    }

    // Nobody is shown as proven what is not: neither bytes that were changed nor an entry that was moved to where others look for it.
    [Theory]
    [InlineData("UPDATE log_entries SET body = set_byte(body, 10, get_byte(body, 10) # 1) WHERE resource = 'changed/1'")]
    [InlineData("UPDATE log_entries SET actor_id = 'somebody-else' WHERE resource = 'changed/1'")]
    public async Task Query_OverAChangedEntry_IsRefused(string tampering)
    {
        await using var fresh = new OwnPlatform();
        await fresh.StartAsync();
        await fresh.Platform.RecordAsync(Of("changed/1"));

        await fresh.Platform.TamperAsync(tampering);

        await fresh.Platform.As("cli").QueryEventsAsync(new(), fresh.Platform.Auditor.Metadata).AssertRefusedAsync(ErrorReason.Internal);
    }

    private static T Pick<T>(T[] items) => items[RandomNumberGenerator.GetInt32(items.Length)];

    private static AuditEvent Of(string resource)
    {
        var auditEvent = AuditPlatform.Event();
        auditEvent.Resource = resource;
        return auditEvent;
    }

    private async Task<IReadOnlyList<RecordedEvent>> QueryAsync(EventFilter filter, int pageSize = 0) =>
        (await client.QueryEventsAsync(new() { Filter = filter, PageSize = pageSize }, platform.Auditor.Metadata)).Events;
}
