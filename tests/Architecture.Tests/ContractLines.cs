using McpSecure.Common.V1;
using Idempotency = Google.Protobuf.Reflection.MethodOptions.Types.IdempotencyLevel;

namespace McpSecure.Architecture.Tests;

/// <summary>Writes the contract as lines, one for each thing that a caller may rely on.</summary>
internal static class ContractLines
{
    public static IEnumerable<string> All() => Contract.Methods.Select(Line)
        .Concat(Contract.Messages.SelectMany(message => message.Fields).Select(Line))
        .Concat(Contract.Messages.SelectMany(Reserved))
        .Concat(Contract.Enums.SelectMany(type => type.Enum.Value.Select(value => $"enum {type.Name}.{value.Name} = {value.Number}")));

    private static string Line(MethodElement method)
    {
        var size = method.Method.Options?.GetExtension(RulesExtensions.MaxRequestSizeInBytes) is { } bytes and > 0 ? $" max_request_size_in_bytes={bytes}" : string.Empty;
        var idempotency = method.Method.Options?.IdempotencyLevel ?? Idempotency.IdempotencyUnknown;

        return $"rpc {method.Name}({method.Method.InputType}) returns ({Stream(method.Method.ServerStreaming)}{method.Method.OutputType}) {idempotency}{size}";
    }

    private static string Line(FieldElement field)
    {
        var proto = field.Field;
        var type = proto.TypeName.Length > 0 ? proto.TypeName : proto.Type.ToString();
        var oneof = proto.Proto3Optional ? " optional" : proto.HasOneofIndex ? $" oneof {field.Message.Message.OneofDecl[proto.OneofIndex].Name}" : string.Empty;
        var rules = field.Rules is { } set ? $" rules {Rules(set)}" : string.Empty;

        return $"field {field.Name} = {proto.Number} {proto.Label} {type}{oneof}{rules}";
    }

    /// <summary>Writes rules by name, without protobuf's own text form, whose spacing is not promised.</summary>
    private static string Rules(FieldRules rules) => string.Join(
        ',',
        FieldRules.Descriptor.Fields.InFieldNumberOrder()
            .Where(field => field.HasPresence ? field.Accessor.HasValue(rules) : !IsDefault(field.Accessor.GetValue(rules)))
            .Select(field => $"{field.Name}={field.Accessor.GetValue(rules)}"));

    private static bool IsDefault(object value) => value is false or "" or Format.Unspecified;

    private static IEnumerable<string> Reserved(MessageElement message) =>
        message.Message.ReservedRange.Select(range => $"reserved {message.Name} {range.Start}..{range.End - 1}")
            .Concat(message.Message.ReservedName.Select(name => $"reserved {message.Name} {name}"));

    private static string Stream(bool streams) => streams ? "stream " : string.Empty;
}
