using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace McpSecure.ServiceDefaults;

/// <summary>Holds the compiled rules of one message type.</summary>
internal sealed class MessageRules
{
    private FieldCheck[]? fields;
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

        // Never by default: rules that could not be compiled must not pass for rules that are kept.
        foreach (var field in fields ?? throw new InvalidOperationException("The rules of this message are not compiled."))
        {
            field.Check(message, walk);
        }
    }
}
