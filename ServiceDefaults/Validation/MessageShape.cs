using System.Buffers;
using System.Collections.Frozen;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Knows which pieces a message may have on the wire, and how many. Looks at the bytes of a large message before it is parsed: bytes of nothing but
/// unknown fields and tiny items take up to 170 times their size once they are objects.
/// </summary>
internal sealed class MessageShape
{
    // The parser goes no deeper either.
    private const int MostLevels = 100;

    // By the whole tag: a number that is known, of another wire type, is unknown to the parser too.
    private readonly FrozenDictionary<uint, Piece> pieces;
    private readonly int counts;

    public MessageShape(MessageDescriptor type)
    {
        var found = new Dictionary<uint, Piece>();
        foreach (var field in type.Fields.InDeclarationOrder())
        {
            var piece = PieceOf(field, counts);
            counts += piece.Counted ? 1 : 0;
            found.Add(WireFormat.MakeTag(field.FieldNumber, WireTypeOf(field.FieldType)), piece);
            if (field.IsRepeated)
            {
                found.TryAdd(WireFormat.MakeTag(field.FieldNumber, WireFormat.WireType.LengthDelimited), piece); // packed numbers
            }
        }

        pieces = found.ToFrozenDictionary();
    }

    /// <summary>Reports the first piece that is unknown or one too many. Of bytes that are no message it says nothing: the parser does.</summary>
    public void Check(ReadOnlySequence<byte> message, Walk walk)
    {
        var reader = new SequenceReader<byte>(message);
        Look(ref reader, message.Length, level: 0, walk);
    }

    // Returns false where there is no point in going on: something was reported, or the parser stops here as well.
    private bool Look(ref SequenceReader<byte> reader, long end, int level, Walk walk)
    {
        Span<int> seen = stackalloc int[counts];
        while (reader.Consumed < end)
        {
            if (!TryReadVarint(ref reader, out var value) || IsNoField((uint)value))
            {
                return false;
            }

            var tag = (uint)value;
            if (!pieces.TryGetValue(tag, out var piece))
            {
                walk.Enter($"#{WireFormat.GetTagFieldNumber(tag)}");
                walk.Fault("is not a field of this message in this version of the contract.");
                return false;
            }

            if (piece.Counted && ++seen[piece.Slot] > piece.Most)
            {
                walk.Enter(piece.Name);
                walk.Fault(piece.IsList ? $"must have at most {piece.Most} items." : "must not be there twice.");
                return false;
            }

            if (!Pass(ref reader, end, WireFormat.GetTagWireType(tag), piece, piece.IsList ? seen[piece.Slot] - 1 : -1, level, walk))
            {
                return false;
            }
        }

        return reader.Consumed == end;
    }

    private static bool Pass(ref SequenceReader<byte> reader, long end, WireFormat.WireType type, Piece piece, int index, int level, Walk walk)
    {
        if (type == WireFormat.WireType.Varint)
        {
            return TryReadVarint(ref reader, out _);
        }

        var size = type == WireFormat.WireType.Fixed64 ? 8UL : 4UL;
        if (type == WireFormat.WireType.LengthDelimited && !TryReadVarint(ref reader, out size))
        {
            return false;
        }

        // As the parser does: of a length, 32 bits count.
        var length = (int)(uint)size;
        if (length < 0 || length > end - reader.Consumed)
        {
            return false;
        }

        if (piece.Nested is not { } nested)
        {
            reader.Advance(length);
            return true;
        }

        walk.Enter(piece.Name, index);
        var goOn = level < MostLevels && nested().Look(ref reader, reader.Consumed + length, level + 1, walk);
        walk.Leave();
        return goOn;
    }

    // The parser ends at the end of a group that never began, and refuses the number 0.
    private static bool IsNoField(uint tag) => WireFormat.GetTagFieldNumber(tag) == 0 || WireFormat.GetTagWireType(tag) == WireFormat.WireType.EndGroup;

    private static bool TryReadVarint(ref SequenceReader<byte> reader, out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (!reader.TryRead(out var next))
            {
                return false;
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }

    // Texts, bytes and messages are counted in lists, which keep them all; and single messages, since the parser lets those that come again add to the
    // first, so that their lists would grow beyond any count. Numbers take hardly more memory than bytes.
    private static Piece PieceOf(FieldDescriptor field, int slot)
    {
        var rules = field.GetOptions()?.GetExtension(RulesExtensions.Rules);
        var isMessage = field.FieldType == FieldType.Message;
        return new Piece(
            field.Name,
            Counted: isMessage || (field.IsRepeated && field.FieldType is FieldType.String or FieldType.Bytes),
            slot,
            Most: !field.IsRepeated ? 1 : rules?.HasMaxItems == true ? rules.MaxItems : uint.MaxValue,
            IsList: field.IsRepeated,
            Nested: isMessage ? NestedIn(field) : null);
    }

    // Rules of a message that holds its own kind are not made yet.
    private static Func<MessageShape> NestedIn(FieldDescriptor field)
    {
        if (field.IsMap)
        {
            var entry = new MessageShape(field.MessageType);
            return () => entry;
        }

        var rules = RequestRules.For(field.MessageType);
        return () => rules.Shape;
    }

    private static WireFormat.WireType WireTypeOf(FieldType type) => type switch
    {
        FieldType.String or FieldType.Bytes or FieldType.Message => WireFormat.WireType.LengthDelimited,
        FieldType.Double or FieldType.Fixed64 or FieldType.SFixed64 => WireFormat.WireType.Fixed64,
        FieldType.Float or FieldType.Fixed32 or FieldType.SFixed32 => WireFormat.WireType.Fixed32,
        FieldType.Group => WireFormat.WireType.StartGroup,
        _ => WireFormat.WireType.Varint,
    };

    private sealed record Piece(string Name, bool Counted, int Slot, uint Most, bool IsList, Func<MessageShape>? Nested);
}
