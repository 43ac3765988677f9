using Google.Protobuf;
using McpSecure.Audit.V1;
using Npgsql;

namespace McpSecure.Audit.Tests;

/// <summary>Each test has a log of its own with ten entries: what they do to it is not to be shared.</summary>
public sealed class LogIntegrityTests : IAsyncLifetime
{
    private readonly AuditPlatform platform = new();
    private AuditService.AuditServiceClient client = null!;

    public async Task InitializeAsync()
    {
        await platform.InitializeAsync();
        client = platform.As("cli");
        for (var i = 0; i < 5; i++)
        {
            var (one, other) = (AuditPlatform.Event(), AuditPlatform.Event());
            other.Resource = "users/1";
            await platform.RecordAsync(one, other);
        }
    }

    public Task DisposeAsync() => platform.DisposeAsync();

    [Fact]
    public async Task Verify_AWholeLog_IsValidAndNamesItsHead()
    {
        var verified = await VerifyAsync();

        Assert.True(verified.Valid);
        Assert.Equal((10, 0), (verified.Entries, verified.FirstInvalidSequence));
        Assert.Equal((await ReadAllAsync(new() { Limit = 10 }))[^1].Link, verified.Head);
    }

    [Fact]
    public async Task Verify_AnEmptyLog_IsValid()
    {
        await using var own = new OwnPlatform();
        await own.StartAsync();

        Assert.Equal(new VerifyLogResponse { Valid = true }, await own.Platform.As("cli").VerifyLogAsync(new(), own.Platform.Auditor.Metadata));
    }

    [Theory]
    [InlineData("UPDATE log_entries SET body = set_byte(body, 10, get_byte(body, 10) # 1) WHERE sequence = 7", 7)]
    [InlineData("UPDATE log_entries SET body = '\\xff' WHERE sequence = 1", 1)]
    [InlineData("UPDATE log_entries SET leaf_hash = set_byte(leaf_hash, 31, get_byte(leaf_hash, 31) # 128) WHERE sequence = 10", 10)]
    [InlineData("UPDATE log_entries SET link = set_byte(link, 0, get_byte(link, 0) # 1) WHERE sequence = 4", 4)]
    [InlineData("UPDATE log_entries SET body = set_byte(body, 10, get_byte(body, 10) # 1), leaf_hash = sha256('\\x00' || set_byte(body, 10, get_byte(body, 10) # 1)) WHERE sequence = 5", 5)]
    [InlineData("UPDATE log_entries SET resource = 'users/2' WHERE sequence = 6", 6)]
    [InlineData("UPDATE log_entries SET outcome = 2 WHERE sequence = 3", 3)]
    [InlineData("UPDATE log_entries SET occurred_at = occurred_at - interval '1 day' WHERE sequence = 2", 2)]
    [InlineData("DELETE FROM log_entries WHERE sequence = 5", 5)]
    [InlineData("DELETE FROM log_entries WHERE sequence = 1", 1)]
    [InlineData("DELETE FROM log_entries WHERE sequence > 8", 9)]
    [InlineData("DELETE FROM log_entries", 1)]
    [InlineData("UPDATE log_head SET sequence = 9", 10)]
    [InlineData("UPDATE log_head SET link = decode(repeat('00', 32), 'hex')", 11)]
    [InlineData("INSERT INTO log_entries SELECT 11, gen_random_uuid(), recorded_at, body, leaf_hash, link, occurred_at, source, action, outcome, severity FROM log_entries WHERE sequence = 10", 11)]
    [InlineData("UPDATE log_entries SET sequence = CASE sequence WHEN 3 THEN 104 WHEN 4 THEN 3 END WHERE sequence IN (3, 4)", 3)]
    public async Task TamperedLog_IsFoundAndLocated(string tampering, long sequence)
    {
        await platform.TamperAsync(tampering);

        Verification found = await new LogVerifier(new LogReader(platform.Database)).VerifyAsync(CancellationToken.None);

        Assert.Equal(sequence, found.FirstInvalid);
    }

    [Fact]
    public async Task Verify_ATamperedLog_SaysSoAndRecordsIt()
    {
        await platform.TamperAsync("UPDATE log_entries SET body = set_byte(body, 10, get_byte(body, 10) # 1) WHERE sequence = 7");

        var verified = await VerifyAsync();

        Assert.Equal((false, 7, 7), (verified.Valid, verified.Entries, verified.FirstInvalidSequence));
        var told = await client.QueryEventsAsync(new() { Filter = new() { Action = "audit.log.verified" } }, platform.Auditor.Metadata);
        var recorded = Assert.Single(told.Events).Event;
        Assert.Equal((Outcome.Failure, Severity.Critical, "7"), (recorded.Outcome, recorded.Severity, recorded.Attributes["first_invalid_sequence"]));
    }

    // A reader need not trust the server: from the bytes alone he gets the same head.
    [Fact]
    public async Task ReadLog_GivesWhatAReaderNeedsToVerifyHimself()
    {
        var entries = await ReadAllAsync(new());

        var link = new byte[32];
        foreach (var entry in entries)
        {
            var leaf = System.Security.Cryptography.SHA256.HashData([0x00, .. entry.Body.Span]);
            link = System.Security.Cryptography.SHA256.HashData([0x01, .. link, .. leaf]);
            Assert.Equal(leaf, entry.LeafHash.Span);
            Assert.Equal(link, entry.Link.Span);
            Assert.Equal(entry.Body, AuditEvent.Parser.ParseFrom(entry.Body).ToByteString());
        }

        Assert.Equal(Enumerable.Range(1, entries.Count).Select(i => (long)i), entries.Select(entry => entry.Sequence));
        Assert.Equal(10, entries.Count);
    }

    [Theory]
    [InlineData(0, 0, 1, 10)]
    [InlineData(1, 3, 1, 3)]
    [InlineData(4, 3, 4, 6)]
    [InlineData(9, 100, 9, 10)]
    [InlineData(10, 1, 10, 10)]
    [InlineData(9, long.MaxValue, 9, 10)]
    public async Task ReadLog_OfAPart_GivesExactlyThat(long from, long limit, long first, long last)
    {
        var entries = await ReadAllAsync(new() { FromSequence = from, Limit = limit });

        Assert.Equal((first, last, last - first + 1), (entries[0].Sequence, entries[^1].Sequence, entries.Count));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(long.MaxValue)]
    public async Task ReadLog_BeyondTheEnd_GivesNothing(long from) => Assert.Empty(await ReadAllAsync(new() { FromSequence = from }));

    [Fact]
    public async Task ReadLog_OfManyEntries_ComesInChunksThatClientsCanRead()
    {
        for (var i = 0; i < 3; i++)
        {
            await platform.RecordAsync(Enumerable.Range(0, 20).Select(_ => Large()).ToArray());
        }

        var chunks = 0;
        var entries = 0;
        using var call = client.ReadLog(new(), platform.Auditor.Metadata);
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            chunks++;
            entries += call.ResponseStream.Current.Entries.Count;
        }

        Assert.Equal(70, entries);
        Assert.True(chunks > 2);

        static AuditEvent Large()
        {
            var one = AuditPlatform.Event();
            for (var i = 0; i < 32; i++)
            {
                one.Attributes[$"{i}"] = new string('\u20AC', 1024);
            }

            return one;
        }
    }

    [Fact]
    public async Task Reading_IsItselfRecorded()
    {
        await ReadAllAsync(new() { FromSequence = 2, Limit = 3 });
        await VerifyAsync();
        using (var tail = client.TailEvents(new() { FromSequence = 5 }, platform.Auditor.Metadata))
        {
            await tail.ResponseHeadersAsync;
        }

        var recorded = (await client.QueryEventsAsync(new() { Filter = new() { Source = "audit" } }, platform.Auditor.Metadata)).Events.Select(one => one.Event).ToList();
        Assert.Equal(["audit.events.followed", "audit.log.verified", "audit.log.read"], recorded.Select(one => one.Action));
        Assert.Equal("5", recorded[0].Attributes["from_sequence"]);
        Assert.Equal(("2", "4"), (recorded[2].Attributes["from_sequence"], recorded[2].Attributes["to_sequence"]));
    }

    [Theory]
    [InlineData("UPDATE log_entries SET actor_id = 'x' WHERE sequence = 1")]
    [InlineData("DELETE FROM log_entries WHERE sequence = 10")]
    [InlineData("TRUNCATE log_entries")]
    [InlineData("DELETE FROM log_head")]
    [InlineData("TRUNCATE log_head")]
    [InlineData("UPDATE log_head SET sequence = 9")]
    [InlineData("UPDATE log_head SET link = decode(repeat('00', 32), 'hex')")]
    public async Task OrdinaryStatementsThatChangeTheLog_AreRefusedByTheDatabase(string sql)
    {
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => platform.ExecuteAsync(sql));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
        Assert.True((await VerifyAsync()).Valid);
    }

    private async Task<VerifyLogResponse> VerifyAsync() => await client.VerifyLogAsync(new(), platform.Auditor.Metadata);

    private async Task<IReadOnlyList<LogEntry>> ReadAllAsync(ReadLogRequest request)
    {
        var entries = new List<LogEntry>();
        using var call = client.ReadLog(request, platform.Auditor.Metadata);
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            entries.AddRange(call.ResponseStream.Current.Entries);
        }

        return entries;
    }
}
