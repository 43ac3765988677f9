using System.Buffers;
using System.Security.Cryptography;
using Google.Protobuf;

namespace McpSecure.ServiceDefaults.Tests.Validation;

/// <summary>Compares what is seen in the bytes of a message with what the parser makes of them.</summary>
public sealed class MessageShapeTests
{
    // What the look lets pass and the parser parses has nothing that the look should have found, whatever happened to the bytes.
    [Fact]
    public void Look_AtMutatedBytes_LetsNothingPassThatTheParsedMessageShows()
    {
        var valid = new Everything
        {
            Name = "name",
            Number = 3,
            Items = { new Item { Id = "a", Child = new Item { Id = "b" } }, new Item { Id = "c" } },
            Words = { "a", "b" },
            Colours = { Colour.Red, Colour.Unspecified },
            Attributes = { ["k"] = "v" },
            Named = { ["n"] = new Item { Id = "d" } },
            Inner = new Everything { Items = { new Item(), new Item(), new Item() }, Real = 2 },
        }.ToByteArray();
        var (rules, passed) = (RequestRules.For(Everything.Descriptor), 0);

        for (var round = 0; round < 50_000; round++)
        {
            var bytes = Mutated(valid);
            if (IsRefused(() => RequestRules.EnforceShape(rules, new ReadOnlySequence<byte>(bytes))) || Parsed(bytes) is not { } message)
            {
                continue;
            }

            passed++;
            var walk = new Walk();
            rules.Check(message, walk);
            Assert.True(
                walk.Violations?.Exists(violation => violation.Field.Contains('#', StringComparison.Ordinal) || violation.Description.Contains("at most 3 items", StringComparison.Ordinal)) != true,
                Convert.ToHexString(bytes));
        }

        Assert.InRange(passed, 1_000, 49_000);
    }

    // Item.child is field 2 of Item: a chain of as many levels as the parser still reads.
    [Fact]
    public void Look_AtTheDeepestLevelThatTheParserReads_FindsWhatIsUnknown()
    {
        const int Levels = 100;
        byte[] bytes = [0x98, 0x06, 0x01]; // field 99, which nobody knows
        for (var level = 0; level < Levels; level++)
        {
            var framed = new System.IO.MemoryStream();
            using (var output = new CodedOutputStream(framed, leaveOpen: true))
            {
                output.WriteTag(Item.ChildFieldNumber, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(ByteString.CopyFrom(bytes));
            }

            bytes = framed.ToArray();
        }

        Assert.NotNull(Item.Parser.ParseFrom(bytes));
        Assert.True(IsRefused(() => RequestRules.EnforceShape(RequestRules.For(Item.Descriptor), new ReadOnlySequence<byte>(bytes))));
    }

    private static byte[] Mutated(byte[] valid)
    {
        var bytes = valid.ToList();
        for (var times = RandomNumberGenerator.GetInt32(1, 4); times > 0; times--)
        {
            var (at, length) = (RandomNumberGenerator.GetInt32(bytes.Count), RandomNumberGenerator.GetInt32(1, 12));
            switch (RandomNumberGenerator.GetInt32(3))
            {
                case 0:
                    bytes[at] = (byte)RandomNumberGenerator.GetInt32(256);
                    break;
                case 1:
                    bytes.InsertRange(at, bytes.Skip(RandomNumberGenerator.GetInt32(bytes.Count)).Take(length).ToArray());
                    break;
                default:
                    bytes.RemoveRange(at, Math.Min(length, bytes.Count - at - 1));
                    break;
            }
        }

        return [.. bytes];
    }

    private static bool IsRefused(Action check)
    {
        try
        {
            check();
            return false;
        }
        catch (Refusal)
        {
            return true;
        }
    }

    private static Everything? Parsed(byte[] bytes)
    {
        try
        {
            return Everything.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
