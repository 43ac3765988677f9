using Google.Protobuf;
using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Testing;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Sends the messages that take the most memory for their size.</summary>
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

    [Fact]
    public void Parse_MebibyteOfBatchItemsWithAnUnknownField_KeepsABoundedMultiple()
    {
        byte[] message = [.. Enumerable.Repeat((byte[])[0x12, 0x02, 0x78, 0x00], OneMebibyte / 4).SelectMany(b => b)];
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var parsed = Crypto.V1.EncryptBatchRequest.Parser.ParseFrom(message);
        var kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(parsed);

        Assert.True(kept < 150L * message.Length, $"{kept / (double)message.Length:F0} times the message's size");
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
