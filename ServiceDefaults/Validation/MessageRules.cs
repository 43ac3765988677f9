using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace McpSecure.ServiceDefaults;

/// <summary>Holds the compiled rules of one message type.</summary>
internal sealed class MessageRules
{
    private FieldCheck[] fields = [];
    private Func<IMessage, UnknownFieldSet?> unknownFields = _ => null;

    public void Compile(MessageDescriptor type)
    {
        unknownFields = UnknownFields.AccessorOf(type.ClrType);
        fields = [.. type.Fields.InDeclarationOrder().Select(FieldCheck.For).OfType<FieldCheck>()];
    }

    public void Check(IMessage message, Walk walk)
    {
        if (unknownFields(message) is { } unknown)
        {
            UnknownFields.Report(unknown, walk);
        }

        foreach (var field in fields)
        {
            field.Check(message, walk);
        }
    }
}
