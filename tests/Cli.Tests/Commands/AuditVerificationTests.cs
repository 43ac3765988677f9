using System.Security.Cryptography;
using Google.Protobuf;
using McpSecure.Audit.V1;

namespace McpSecure.Cli.Tests.Commands;

/// <summary>Verifies logs, honest ones and forged ones; the service says of each that it is intact.</summary>
[Collection(PlatformTests.Name)]
public sealed class AuditVerificationTests(ScriptedPlatform platform) : IDisposable
{
    private readonly Desk desk = Desk.At(platform).SignedIn();
    private readonly Script script = platform.Script.Current = new Script();

    public void Dispose() => desk.Dispose();

    [Fact]
    public async Task Verify_OfAnIntactLog_AnswersItsHead()
    {
        var log = Serve(Chain(3));

        var ran = await desk.RunAsync("audit", "verify", "--json");

        Assert.Equal(ExitCode.Ok, ran.ExitCode);
        Assert.True(ran.Json.GetProperty("intact").GetBoolean());
        Assert.Equal(Convert.ToHexStringLower(log[^1].Link.Span), ran.Json.GetProperty("head").GetString());
    }

    [Fact]
    public async Task Verify_OfAnEmptyLog_IsIntact()
    {
        Serve([]);

        Assert.Equal(ExitCode.Ok, (await desk.RunAsync("audit", "verify")).ExitCode);
    }

    [Fact]
    public async Task Verify_OfAChangedEvent_NamesItsPlace()
    {
        var log = Chain(3);
        log[1].Body = ByteString.CopyFromUtf8("forged");
        Serve(log);

        await AssertNotIntactAsync("The event at place 2 is not the one that was hashed.");
    }

    [Fact]
    public async Task Verify_OfAnEventThatWasTakenOut_NamesItsPlace()
    {
        var log = Chain(3);
        log.RemoveAt(1);
        Serve(log);

        await AssertNotIntactAsync("Place 2 is missing: the log answers place 3 in its stead.");
    }

    [Fact]
    public async Task Verify_OfALogThatWasCutShort_SaysSo()
    {
        var log = Chain(3);
        Serve(log, claimed: 4);

        await AssertNotIntactAsync("The service says it holds 4 entries and answers 3.");
    }

    [Fact]
    public async Task Verify_OfALogThatWasRewrittenAsAWhole_IsFoundByTheHeadThatWasNoted()
    {
        var noted = Chain(2)[^1];
        var head = $"2:{Convert.ToHexString(noted.Link.Span)}";
        Serve(Chain(3));
        Assert.Equal(ExitCode.Ok, (await desk.RunAsync("audit", "verify", "--expect", head)).ExitCode);
        Serve(Chain(3, "rewritten"));

        var ran = await desk.RunAsync("audit", "verify", "--expect", head);

        Assert.Equal(ExitCode.Denied, ran.ExitCode);
        Assert.Contains("NOT INTACT", ran.Out, StringComparison.Ordinal);
        Assert.Contains("The log does not pass through 2:", ran.Out, StringComparison.Ordinal);
    }

    private async Task AssertNotIntactAsync(string flaw)
    {
        var ran = await desk.RunAsync("audit", "verify", "--json");

        Assert.Equal(ExitCode.Denied, ran.ExitCode);
        Assert.Equal(flaw, ran.Json.GetProperty("flaw").GetString());
    }

    // RFC 6962 section 2.1: leaf = SHA-256(0x00 ‖ body); link = SHA-256(0x01 ‖ link before ‖ leaf).
    private static List<LogEntry> Chain(int count, string text = "event")
    {
        var link = new byte[32];
        List<LogEntry> log = [];
        for (var place = 1; place <= count; place++)
        {
            var body = ByteString.CopyFromUtf8($"{text} {place}");
            var leaf = SHA256.HashData([0x00, .. body.Span]);
            link = SHA256.HashData([0x01, .. link, .. leaf]);
            log.Add(new LogEntry { Sequence = place, Body = body, LeafHash = ByteString.CopyFrom(leaf), Link = ByteString.CopyFrom(link) });
        }

        return log;
    }

    private List<LogEntry> Serve(List<LogEntry> log, int? claimed = null)
    {
        var head = log.Count > 0 ? log[^1].Link : ByteString.Empty;
        script.On((VerifyLogRequest _) => new VerifyLogResponse { Valid = true, Entries = claimed ?? log.Count, Head = head });
        script.OnStream<ReadLogRequest, ReadLogResponse>((_, stream, _) => stream.WriteAsync(new ReadLogResponse { Entries = { log } }));
        return log;
    }
}
