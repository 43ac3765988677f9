using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace McpSecure.Cli.Tests.Commands;

/// <summary>Follows a log whose server ends streams, goes away and comes back; the clock is the test's.</summary>
[Collection(PlatformTests.Name)]
public sealed class AuditTailTests(ScriptedPlatform platform) : IDisposable
{
    private readonly Desk desk = Desk.At(platform).SignedIn();
    private readonly Script script = platform.Script.Current = new Script();
    private readonly TestTerminal terminal = new();

    public void Dispose() => desk.Dispose();

    [Fact]
    public async Task Tail_WhenTheServerEndsTheStreamAtItsDeadline_GoesOnWithTheNextPlace()
    {
        Streams(
            async (stream, _) =>
            {
                await SendAsync(stream, 5, 6);
                throw Refusal.Because(ErrorReason.DeadlineExceeded, "The time was up before the work was done.");
            },
            (stream, _) => SendAsync(stream, 7, 8));

        var tail = TailAsync("--from", "5", "--limit", "4");
        await ReconnectAsync(tail);
        var ran = await tail;

        Assert.Equal(ExitCode.Ok, ran.ExitCode);
        Assert.Equal(["5", "6", "7", "8"], Places(ran));
        Assert.Equal([5L, 7L], script.Requests<TailEventsRequest>().Select(request => request.FromSequence));
        Assert.Empty(ran.Error);
    }

    [Fact]
    public async Task Tail_OfAQuietLog_CountsItsPatienceFromTheLossAndNotFromTheLastEvent()
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Streams(
            async (stream, _) =>
            {
                await SendAsync(stream, 1);
                await gone.Task;
                throw Refusal.Because(ErrorReason.DependencyUnavailable, "This server is stopping.");
            },
            (stream, _) => SendAsync(stream, 2));

        var tail = TailAsync("--from", "1", "--limit", "2");
        await terminal.WaitForAsync("1  2026");
        desk.Clock.Advance(TimeSpan.FromMinutes(30));
        gone.SetResult();
        await ReconnectAsync(tail);
        var ran = await tail;

        Assert.Equal(ExitCode.Ok, ran.ExitCode);
        Assert.Equal(["1", "2"], Places(ran));
        Assert.Equal("The log is away; trying again from place 2.\n", ran.Error);
    }

    [Fact]
    public async Task Tail_WhenTheConnectionBreaks_GoesOnWithTheNextPlace()
    {
        Streams(
            async (stream, context) =>
            {
                await SendAsync(stream, 1);
                await terminal.WaitForAsync("1  2026");
                context.GetHttpContext().Features.GetRequiredFeature<IConnectionLifetimeFeature>().Abort();
            },
            (stream, _) => SendAsync(stream, 2));

        var tail = TailAsync("--from", "1", "--limit", "2");
        await ReconnectAsync(tail);
        var ran = await tail;

        Assert.Equal(["1", "2"], Places(ran));
    }

    [Fact]
    public async Task Tail_WhileTheServerStaysAway_GivesUpAfterAMinute()
    {
        Streams(async (stream, _) =>
        {
            await SendAsync(stream, 1);
            throw Refusal.Because(ErrorReason.DependencyUnavailable, "This server is stopping.");
        });

        var tail = TailAsync("--from", "1");
        for (var tries = 0; tries < 3; tries++)
        {
            await ReconnectAsync(tail, TimeSpan.FromSeconds(20));
        }

        var ran = await tail;
        Assert.Equal(ExitCode.Unavailable, ran.ExitCode);
        Assert.Equal(["1"], Places(ran));
        Assert.Contains("(DEPENDENCY_UNAVAILABLE)", ran.Error, StringComparison.Ordinal);
    }

    // The server writes its headers before it reads: a stream that opens and ends at once is no sign of life.
    [Fact]
    public async Task Tail_OfAServerThatOpensStreamsOnlyToEndThem_GivesUpAfterAMinute()
    {
        script.OnStream<TailEventsRequest, TailEventsResponse>(async (_, _, context) =>
        {
            await context.WriteResponseHeadersAsync([]);
            throw Refusal.Because(ErrorReason.DependencyUnavailable, "The database is away.");
        });

        var tail = TailAsync("--from", "1");
        for (var tries = 0; tries < 3; tries++)
        {
            await ReconnectAsync(tail, TimeSpan.FromSeconds(20));
        }

        Assert.Equal(ExitCode.Unavailable, (await tail).ExitCode);
    }

    [Fact]
    public async Task Tail_WhenTheReaderMayReadNoLonger_Ends()
    {
        Streams(async (stream, _) =>
        {
            await SendAsync(stream, 1);
            throw Refusal.Because(ErrorReason.TokenInvalid, "The access token is not valid.");
        });

        var ran = await TailAsync("--from", "1");

        Assert.Equal(ExitCode.NotAuthenticated, ran.ExitCode);
        Assert.Single(script.Requests<TailEventsRequest>());
    }

    [Fact]
    public async Task Tail_FromNowOn_NamesThePlaceSoThatNothingIsLostBetweenStreams()
    {
        script.On((QueryEventsRequest _) => new QueryEventsResponse { Events = { Answers.Event(41) } });
        Streams(
            (_, _) => throw Refusal.Because(ErrorReason.DeadlineExceeded, "The time was up before the work was done."),
            (stream, _) => SendAsync(stream, 42));

        var tail = TailAsync("--limit", "1");
        await ReconnectAsync(tail);
        await tail;

        Assert.Equal([42L, 42L], script.Requests<TailEventsRequest>().Select(request => request.FromSequence));
    }

    [Fact]
    public async Task Tail_AsJson_WritesALineForEachEvent()
    {
        Streams((stream, _) => SendAsync(stream, 1, 2));

        var ran = await TailAsync("--from", "1", "--limit", "2", "--json");

        var lines = ran.Out.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("""{"sequence":1,"recordedAt":"2026-01-31T12:00:00Z","eventId":""", lines[0], StringComparison.Ordinal);
    }

    // A resource that holds line ends wrote a line of its own among those of the log.
    [Fact]
    public async Task Tail_OfAnEventThatHoldsALineOfTheLog_WritesOneLine()
    {
        Streams((stream, _) => stream.WriteAsync(new TailEventsResponse
        {
            Event = Answers.Event(1, resource: "x\n2  2026-01-31 12:00:00Z  auth.user.created  success  root\r\u001b[2K\u202e"),
        }));

        var ran = await TailAsync("--from", "1", "--limit", "1");

        Assert.Equal(
            "1  2026-01-31 12:00:00Z  auth.user.created  success  cli  x 2 2026-01-31 12:00:00Z auth.user.created success root \\u{1b}[2K\\u{202e}  -  -\n",
            ran.Out);
    }

    private static IEnumerable<string> Places(Ran ran) => ran.Out.TrimEnd('\n').Split('\n').Select(line => line.Split(' ')[0]);

    private static async Task SendAsync(IServerStreamWriter<TailEventsResponse> stream, params long[] places)
    {
        foreach (var place in places)
        {
            await stream.WriteAsync(new TailEventsResponse { Event = Answers.Event(place) });
        }
    }

    // Each stream as it is said; whatever comes after them is away.
    private void Streams(params Func<IServerStreamWriter<TailEventsResponse>, ServerCallContext, Task>[] streams)
    {
        var next = -1;
        script.OnStream<TailEventsRequest, TailEventsResponse>((_, stream, context) =>
            Interlocked.Increment(ref next) < streams.Length
                ? streams[next](stream, context)
                : throw Refusal.Because(ErrorReason.DependencyUnavailable, "This server is away."));
    }

    private Task<Ran> TailAsync(params string[] options) => desk.RunAsync(terminal, ["audit", "tail", .. options]);

    private async Task ReconnectAsync(Task tail, TimeSpan? pause = null)
    {
        var waits = desk.Clock.WaitForTimersAsync();
        if (await Task.WhenAny(waits, tail) == waits)
        {
            await waits;
            desk.Clock.Advance(pause ?? TimeSpan.FromSeconds(1));
        }
    }
}
