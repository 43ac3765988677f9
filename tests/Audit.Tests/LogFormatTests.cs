using System.Text;
using System.Text.Json;
using McpSecure.Audit.V1;

namespace McpSecure.Audit.Tests;

public sealed class LogFormatTests
{
    // RFC 6962 §2.1, with the values that Certificate Transparency's own tests have (transparency-dev/merkle, rfc6962 hasher test).
    [Theory]
    [InlineData("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData("L123456", "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56")]
    public void Leaf_PublishedVectors_Agree(string body, string hash) =>
        Assert.Equal(hash, Convert.ToHexStringLower(LogHash.Leaf(Encoding.ASCII.GetBytes(body))));

    [Fact]
    public void Link_PublishedVectorOfANode_Agrees() =>
        Assert.Equal("aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb", Convert.ToHexStringLower(LogHash.Link("N123"u8, "N456"u8)));

    [Fact]
    public void StoredVectors_AreReadAndChainedForEver()
    {
        using var stream = typeof(LogFormatTests).Assembly.GetManifestResourceStream("Vectors/log.json")!;
        var link = LogHash.Genesis.ToArray();
        foreach (var entry in JsonDocument.Parse(stream).RootElement.GetProperty("entries").EnumerateArray())
        {
            var body = Convert.FromHexString(entry.GetProperty("body").GetString()!);
            var prepared = NewEntry.Of(EventBody.Read(body));
            link = LogHash.Link(link, prepared.Leaf);

            Assert.Equal(body, prepared.Body);
            Assert.Equal(entry.GetProperty("leaf_hash").GetString(), Convert.ToHexStringLower(prepared.Leaf));
            Assert.Equal(entry.GetProperty("link").GetString(), Convert.ToHexStringLower(link));
        }
    }

    [Fact]
    public void Write_AttributesInAnotherOrder_GivesTheSameBytes()
    {
        var one = AuditPlatform.Event();
        var other = one.Clone();
        string[] keys = ["b", "a", "Z", "é", "", "aa"];
        foreach (var key in keys)
        {
            one.Attributes[key] = $"value of {key}";
        }

        foreach (var key in keys.Reverse())
        {
            other.Attributes[key] = $"value of {key}";
        }

        Assert.Equal(EventBody.Write(one), EventBody.Write(other));
        Assert.Equal(one, EventBody.Read(EventBody.Write(other)));
    }

    [Fact]
    public void Read_BytesThatAreNoEvent_IsRefused() => Assert.Throws<InvalidDataException>(() => EventBody.Read([0xFF, 0xFF]));

    [Fact]
    public void Matches_EachFilter_LetsOnlyItsEventsThrough()
    {
        var auditEvent = AuditPlatform.Event(action: "auth.user.created");
        auditEvent.Actor = new() { Type = Common.V1.PrincipalType.User, Id = "u1" };
        (auditEvent.Resource, auditEvent.TraceId) = ("users/2", "4bf92f3577b34da6a3ce929d0e0e4736");
        auditEvent.OccurredAt = new() { Seconds = 1_000, Nanos = 1_500 };

        Assert.All<EventFilter>(
            [
                new(),
                new() { Action = "auth.user.created" },
                new() { Action = "auth." },
                new() { Action = "auth.user." },
                new() { ActorId = "u1", Resource = "users/2", Source = "auth", Outcome = Outcome.Success, TraceId = auditEvent.TraceId },
                new() { Since = new() { Seconds = 1_000, Nanos = 1_500 } },
                new() { Since = new() { Seconds = 1_000, Nanos = 1_999 } },
                new() { Until = new() { Seconds = 1_000, Nanos = 2_000 } },
            ],
            filter => Assert.True(filter.Matches(auditEvent), $"{filter}"));
        Assert.All<EventFilter>(
            [
                new() { Action = "auth" },
                new() { Action = "auth.user" },
                new() { Action = "auth.user.created." },
                new() { Action = "aut." },
                new() { ActorId = "u" },
                new() { Resource = "users/" },
                new() { Source = "crypto" },
                new() { Outcome = Outcome.Denied },
                new() { TraceId = "4bf92f3577b34da6a3ce929d0e0e4737" },
                new() { Since = new() { Seconds = 1_000, Nanos = 2_000 } },
                new() { Until = new() { Seconds = 1_000, Nanos = 1_500 } },
            ],
            filter => Assert.False(filter.Matches(auditEvent), $"{filter}"));
    }
}
