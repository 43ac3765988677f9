using Google.Protobuf;
using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Testing;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Sends the messages that take the most memory for their size.</summary>
[Collection(Alone.Name)]
public sealed class MessageSizeTests : IAsyncLifetime
{
    private const int OneMebibyte = 1024 * 1024;

    private readonly TestPki pki = new();
    private ProbeHost host = null!;

    public async Task InitializeAsync() => host = await ProbeHost.StartAsync(pki);

    public async Task DisposeAsync()
    {
        await host.DisposeAsync();
        pki.Dispose();
    }

    [Fact]
    public async Task Request_OfMoreThanAMebibyte_IsRefusedByDefault()
    {
        using var raw = new RawCall(host, "friend");

        var answer = await raw.PostAsync("/mcpsecure.testing.v1.ProbeService/Echo", RawCall.Frame(ManyUnknownFields(OneMebibyte + 16)));

        RawCall.AssertRefused(answer, StatusCode.ResourceExhausted, ErrorReason.RequestTooLarge);
    }

    [Fact]
    public async Task Requests_ThatAreTooLarge_ManyAtOnce_LeaveTheConnectionAsItIs()
    {
        var request = RawCall.Frame(new byte[3 * OneMebibyte]);
        using var raw = new RawCall(host, "friend");

        for (var round = 0; round < 5; round++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => raw.PostAsync("/mcpsecure.testing.v1.ProbeService/Echo", request)));

            Assert.All(answers, answer => RawCall.AssertRefused(answer, StatusCode.ResourceExhausted, ErrorReason.RequestTooLarge));
        }
    }

    [Theory]
    [InlineData("a field of its own number", new byte[0], 80)]
    [InlineData("an empty message", new byte[] { 0x0A, 0x00 }, 200)]
    [InlineData("a message with an unknown field", new byte[] { 0x0A, 0x02, 0x78, 0x00 }, 200)]
    [InlineData("an unknown group", new byte[] { 0x7B, 0x7C }, 200)]
    [InlineData("an unknown group with a field", new byte[] { 0x7B, 0x08, 0x00, 0x7C }, 200)]
    public void Parse_MebibyteOfNothingBut_KeepsABoundedMultiple(string piece, byte[] bytes, int times)
    {
        var message = bytes.Length == 0 ? ManyUnknownFields(OneMebibyte) : [.. Enumerable.Repeat(bytes, OneMebibyte / bytes.Length).SelectMany(b => b)];
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var parsed = RecordEventsRequest.Parser.ParseFrom(message);
        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(parsed);

        Assert.True(kept < (long)times * message.Length, $"{piece}: {kept / (double)message.Length:F0} times the message's size");
    }

    // What a batch of tiny items was: 6 MiB that became 684 MiB before a rule could refuse them.
    public static TheoryData<string, byte[], string> Bombs => new()
    {
        { "items, empty", [0x92, 0x01, 0x00], "items" },
        { "items with an unknown field", [0x92, 0x01, 0x02, 0x78, 0x00], "items[0].#15" },
        { "entries of a map", [0xAA, 0x01, 0x00], "attributes" },
        { "an unknown field", [0xC0, 0x3E, 0x01], "#1000" },
        { "an unknown group", [0xC3, 0x3E, 0xC4, 0x3E], "#1000" },
        { "a known field of another wire type", [0x90, 0x01, 0x01], "#18" },
        { "a message whose lists add up", [0xCA, 0x01, 0x06, 0x92, 0x01, 0x00, 0x92, 0x01, 0x00], "inner" },
        { "items inside a message", [0xCA, 0x01, 0x0C, 0x92, 0x01, 0x00, 0x92, 0x01, 0x00, 0x92, 0x01, 0x00, 0x92, 0x01, 0x00], "inner.items" },
        { "a tag of ten bytes", [0x92, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0x00], "items" },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public async Task Bomb_OfAMebibyteOfNothingBut_IsRefusedBeforeItIsParsed(string piece, byte[] bytes, string field)
    {
        byte[] bomb = [.. Enumerable.Repeat(bytes, OneMebibyte / bytes.Length).SelectMany(b => b)];
        using var raw = new RawCall(host, "friend");
        await raw.PostAsync("/mcpsecure.testing.v1.ProbeService/Check", RawCall.Frame(bomb));
        var before = GC.GetTotalAllocatedBytes();

        var answer = await raw.PostAsync("/mcpsecure.testing.v1.ProbeService/Check", RawCall.Frame(bomb));

        var allocated = GC.GetTotalAllocatedBytes() - before;
        RawCall.AssertRefused(answer, StatusCode.InvalidArgument, ErrorReason.FieldInvalid);
        Assert.Equal(field, Assert.Single(answer.Error.Violations).Field);
        Assert.True(allocated < 10 * OneMebibyte, $"{piece}: {allocated / OneMebibyte} MiB were allocated");
    }

    [Fact]
    public async Task Bomb_OfEndlessNesting_IsRefusedAsNoMessage()
    {
        // Each level is the field `inner`, its length in three bytes, and the level below.
        byte[] nested = [.. Enumerable.Range(0, 4_000).Reverse().SelectMany(below => (byte[])[0xCA, 0x01, (byte)((5 * below) | 0x80), (byte)((5 * below >> 7) | 0x80), (byte)(5 * below >> 14)])];
        using var raw = new RawCall(host, "friend");

        var answer = await raw.PostAsync("/mcpsecure.testing.v1.ProbeService/Check", RawCall.Frame(nested));

        RawCall.AssertRefused(answer, StatusCode.InvalidArgument, ErrorReason.RequestMalformed);
    }

    // Numbers that all differ, each with the smallest value: four bytes for an entry, a field and its list.
    private static byte[] ManyUnknownFields(int size)
    {
        var message = new byte[size];
        using var output = new CodedOutputStream(message);
        for (var number = 2_048; output.Position + 5 <= size; number++)
        {
            output.WriteTag(number, WireFormat.WireType.Varint);
            output.WriteUInt32(1);
        }

        return message[..(int)output.Position];
    }
}
