using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.Client;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Holds requests against the rules of probe.proto's <c>Everything</c>.</summary>
public sealed class RequestRulesTests
{
    public static TheoryData<string, Action<Everything>> Wrong() => new()
    {
        { "name", m => m.Name = "" },
        { "name", m => m.Name = "Upper" },
        { "name", m => m.Name = "1digit" },
        { "name", m => m.Name = "ends-" },
        { "name", m => m.Name = "slash/ed" },
        { "name", m => m.Name = new string('a', 65) },
        { "name", m => m.Name = "name\n" },
        { "short", m => m.Short = "a" },
        { "short", m => m.Short = "abcd" },
        { "short", m => m.Short = "a\tb" },
        { "short", m => m.Short = "a\u0085b" },
        { "short", m => m.Short = "a\u0000b" },
        { "short", m => m.Short = "😀" }, // one code point, though two UTF-16 units
        { "id", m => m.Id = "0190f3c0-0000-7000-8000-00000000000" },
        { "id", m => m.Id = "0190F3C0-0000-7000-8000-000000000000" },
        { "id", m => m.Id = "0190f3c000007000-8000-000000000000-00" },
        { "id", m => m.Id = "{190f3c0-0000-7000-8000-00000000000}" },
        { "email", m => m.Email = "a" },
        { "email", m => m.Email = "@b.c" },
        { "email", m => m.Email = "a@b" },
        { "email", m => m.Email = "a@b@c.d" },
        { "email", m => m.Email = "a b@c.d" },
        { "email", m => m.Email = "a@" },
        { "email", m => m.Email = "a@.c" },
        { "trace_id", m => m.TraceId = new string('0', 32) },
        { "trace_id", m => m.TraceId = "4BF92F3577B34DA6A3CE929D0E0E4736" },
        { "trace_id", m => m.TraceId = "4bf92f3577b34da6a3ce929d0e0e473" },
        { "resource", m => m.Resource = "a//b" },
        { "resource", m => m.Resource = "/a" },
        { "resource", m => m.Resource = "a/" },
        { "resource", m => m.Resource = "a/../b" },
        { "resource", m => m.Resource = "." },
        { "resource", m => m.Resource = "a*" },
        { "resource", m => m.Resource = new string('a', 257) },
        { "scope", m => m.Scope = "mcp" },
        { "scope", m => m.Scope = ":read" },
        { "scope", m => m.Scope = "mcp:" },
        { "scope", m => m.Scope = "mcp:read:more" },
        { "scope", m => m.Scope = "Mcp:read" },
        { "scope", m => m.Scope = "mcp:re\u0430d" },
        { "scope", m => m.Scope = $"mcp:{new string('a', 61)}" },
        { "digits", m => m.Digits = "12345" },
        { "digits", m => m.Digits = "1234567" },
        { "digits", m => m.Digits = "12345a" },
        { "digits", m => m.Digits = "x123456" },
        { "data", m => m.Data = ByteString.CopyFrom(1) },
        { "data", m => m.Data = ByteString.CopyFrom(1, 2, 3, 4, 5) },
        { "number", m => m.Number = -1 },
        { "number", m => m.Number = 11 },
        { "big", m => m.Big = ulong.MaxValue },
        { "real", m => m.Real = double.NaN },
        { "real", m => m.Real = double.PositiveInfinity },
        { "maybe", m => m.Maybe = 0 }, // given, so its zero counts
        { "colour", m => m.Colour = (Colour)7 },
        { "colour", m => m.Colour = (Colour)(-1) },
        { "needed", m => m.Needed = Colour.Unspecified },
        { "needed", m => m.Needed = (Colour)7 },
        { "duration", m => m.Duration = new Duration() },
        { "duration", m => m.Duration = new Duration { Seconds = 61 } },
        { "duration", m => m.Duration = new Duration { Seconds = 60, Nanos = 1 } },
        { "duration", m => m.Duration = new Duration { Seconds = 2, Nanos = -1 } },
        { "time", m => m.Time = new Timestamp { Seconds = 253_402_300_800 } },
        { "time", m => m.Time = new Timestamp { Nanos = -1 } },
        { "items", m => m.Items.Add(Enumerable.Repeat(new Item { Id = "a" }, 4)) },
        { "items[1].id", m => m.Items.Add([new Item { Id = "a" }, new Item()]) },
        { "items[0].child.child.id", m => m.Items.Add(new Item { Id = "a", Child = new Item { Id = "b", Child = new Item { Id = "too long!" } } }) },
        { "words", m => m.Words.Add("a") },
        { "words[2]", m => m.Words.Add(["a", "b", "long"]) },
        { "colours[1]", m => m.Colours.Add([Colour.Red, (Colour)2]) },
        { "attributes[\"key\"]", m => m.Attributes["key"] = "longer" },
        { "attributes[\"longer\"]", m => m.Attributes["longer"] = "v" },
        { "attributes[\"\"]", m => m.Attributes[""] = "v" },
        { "attributes", m => m.Attributes.Add(new Dictionary<string, string> { ["a"] = "1", ["b"] = "2", ["c"] = "3" }) },
        { "named[\"a\"].id", m => m.Named["a"] = new Item() },
        { "left", m => m.Left = "long" },
        { "right.id", m => m.Right = new Item() },
        { "inner.name", m => m.Inner = Right(i => i.Name = "") },
        { "inner.inner.items[0].id", m => m.Inner = Right(i => i.Inner = Right(j => j.Items.Add(new Item()))) },
        { "sure", m => m.ClearSure() },
    };

    public static TheoryData<string, Action<Everything>> RightOnes() => new()
    {
        { "nothing optional", _ => { } },
        { "short, two emoji", m => m.Short = "😀😀" },
        { "short, three emoji", m => m.Short = "😀😀😀" },
        { "id", m => m.Id = "0190f3c0-0000-7000-8000-00000000000a" },
        { "email", m => m.Email = "a.b+c@d.example" },
        { "trace id", m => m.TraceId = "4bf92f3577b34da6a3ce929d0e0e4736" },
        { "resource", m => m.Resource = "servers/weather:1@x_y-z.a/..." },
        { "scope", m => m.Scope = $"mcp:{new string('a', 60)}" },
        { "digits", m => m.Digits = "123456" },
        { "any", m => m.Any = "a\n\u0000b" },
        { "data", m => m.Data = ByteString.CopyFrom(1, 2, 3, 4) },
        { "bounds", m => (m.Number, m.Big, m.Maybe) = (10, 100, 1) },
        { "no number", m => m.Number = 0 },
        { "duration", m => m.Duration = new Duration { Seconds = 60 } },
        { "lists", m => m.Words.Add(["a", "b"]) },
        { "map", m => m.Attributes["key"] = "value" },
        { "false", m => m.Sure = false },
        { "oneof", m => m.Right = new Item { Id = "a" } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Request_WithOneWrongField_IsRefusedByItsPath(string field, Action<Everything> spoil)
    {
        var error = Refuse(Right(spoil));

        Assert.Equal(StatusCode.InvalidArgument, error.Status);
        Assert.Equal(ErrorReason.FieldInvalid, error.Reason);
        Assert.Equal(field, Assert.Single(error.Violations).Field);
        Assert.EndsWith(".", error.Violations[0].Description, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(RightOnes))]
    public void Request_ThatKeepsTheRules_Passes(string kind, Action<Everything> fill)
    {
        var request = Right(fill);

        Assert.Null(Record.Exception(() => RequestRules.Enforce(request)));
        Assert.NotEmpty(kind);
    }

    [Fact]
    public void Request_WithManyWrongFields_NamesThemAll()
    {
        var error = Refuse(new Everything { Short = "a", Items = { new Item() }, Inner = Right(i => i.Digits = "x") });

        Assert.Equal(["name", "short", "needed", "items[0].id", "inner.digits", "sure"], error.Violations.Select(v => v.Field));
    }

    [Fact]
    public void Request_WithThousandsOfWrongFields_NamesWhatAHeaderHolds()
    {
        var request = Right(m => m.Colours.Add(Enumerable.Repeat((Colour)9, 100_000)));

        Assert.Equal(Walk.MostViolations, Refuse(request).Violations.Count);
    }

    [Theory]
    [InlineData("#100")]
    [InlineData("items[1].#100")]
    [InlineData("inner.right.#100")]
    [InlineData("named[\"a\"].#100")]
    [InlineData("time.#100")]
    [InlineData("duration.#100")]
    public void Request_WithAnUnknownField_IsRefusedAtEveryDepth(string where)
    {
        var unknown = new byte[] { 0xA0, 0x06, 0x01 }; // field 100, varint 1
        var item = Item.Parser.ParseFrom([.. new Item { Id = "a" }.ToByteArray(), .. unknown]);
        var request = where switch
        {
            "#100" => Everything.Parser.ParseFrom([.. Right().ToByteArray(), .. unknown]),
            "items[1].#100" => Right(m => m.Items.Add([new Item { Id = "a" }, item])),
            "inner.right.#100" => Right(m => m.Inner = Right(i => i.Right = item)),
            "named[\"a\"].#100" => Right(m => m.Named["a"] = item),
            "time.#100" => Right(m => m.Time = Timestamp.Parser.ParseFrom(unknown)),
            _ => Right(m => m.Duration = Duration.Parser.ParseFrom([0x08, 0x02, .. unknown])),
        };

        Assert.Equal(where, Assert.Single(Refuse(request).Violations).Field);
    }

    [Fact]
    public void Key_OfALongName_IsCutInThePath()
    {
        var key = new string('k', 5000);

        var violation = Refuse(Right(m => m.Attributes[key] = "v")).Violations.Single();

        Assert.Equal($"attributes[\"{key[..32]}…\"]", violation.Field);
    }

    [Fact]
    public void Check_OfARightRequest_AllocatesNothing()
    {
        var request = Right(m =>
        {
            (m.Short, m.Number, m.Big, m.Colour, m.Maybe) = ("abc", 3, 4, Colour.Red, 2);
            m.Items.Add([new Item { Id = "a" }, new Item { Id = "b", Child = new Item { Id = "c" } }]);
            m.Words.Add(["a", "b"]);
            m.Colours.Add(Colour.Red);
            m.Duration = new Duration { Seconds = 5 };
        });
        RequestRules.Enforce(request);

        var before = GC.GetAllocatedBytesForCurrentThread();
        RequestRules.Enforce(request);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Rules_OfTheWholeContract_CanBeChecked()
    {
        var files = new[]
        {
            Auth.V1.AuthServiceReflection.Descriptor, Auth.V1.UserServiceReflection.Descriptor, Auth.V1.MfaServiceReflection.Descriptor,
            ApiKey.V1.ApiKeyServiceReflection.Descriptor, Audit.V1.AuditServiceReflection.Descriptor,
            Authorization.V1.AuthorizationServiceReflection.Descriptor, Authorization.V1.RoleServiceReflection.Descriptor,
            Crypto.V1.EncryptionServiceReflection.Descriptor, Crypto.V1.KeyServiceReflection.Descriptor, Crypto.V1.SigningServiceReflection.Descriptor,
        };

        var requests = files.SelectMany(f => f.Services).SelectMany(s => s.Methods).Select(m => m.InputType).ToArray();

        Assert.All(requests, type => Assert.NotNull(RequestRules.For(type)));
        Assert.NotEmpty(requests);
    }

    private static Everything Right(Action<Everything>? change = null)
    {
        var message = new Everything { Name = "name", Needed = Colour.Red, Sure = true };
        change?.Invoke(message);
        return message;
    }

    private static McpSecureError Refuse(Everything request) => McpSecureError.From(Assert.Throws<Refusal>(() => RequestRules.Enforce(request)));
}
