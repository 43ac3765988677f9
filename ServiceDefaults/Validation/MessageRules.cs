using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace McpSecure.ServiceDefaults;

/// <summary>Holds the compiled rules of one message type.</summary>
internal sealed class MessageRules
{
    private FieldCheck[]? fields;
    private MessageShape? shape;
    private Func<IMessage, UnknownFieldSet?> unknownFields = _ => null;

    /// <summary>Gets what the message looks like on the wire.</summary>
    public MessageShape Shape => shape ?? throw NotCompiled();

    public void Compile(MessageDescriptor type)
    {
        unknownFields = UnknownFields.AccessorOf(type.ClrType);
        shape = new MessageShape(type);
        fields = [.. type.Fields.InDeclarationOrder().Select(FieldCheck.For).OfType<FieldCheck>()];
    }

    public void Check(IMessage message, Walk walk)
    {
        if (unknownFields(message) is { } unknown)
        {
            UnknownFields.Report(unknown, walk);
        }

        foreach (var field in fields ?? throw NotCompiled())
        {
            field.Check(message, walk);
        }
    }

    // Never by default: rules that could not be compiled must not pass for rules that are kept.
    private static InvalidOperationException NotCompiled() => new("The rules of this message are not compiled.");
}
