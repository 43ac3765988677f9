using Google.Protobuf.Reflection;
using McpSecure.Common.V1;

namespace McpSecure.Architecture.Tests;

/// <summary>Reads our own protos as protoc describes them, each element with its name and its comment.</summary>
internal static class Contract
{
    private static readonly FileDescriptorSet Files = FileDescriptorSet.Parser
        .WithExtensionRegistry([RulesExtensions.Rules, RulesExtensions.MaxRequestSizeInBytes])
        .ParseFrom(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "contract.binpb")));

    /// <summary>Lists our files, without those of Google and gRPC that they import.</summary>
    public static IReadOnlyList<FileDescriptorProto> OwnFiles { get; } =
        [.. Files.File.Where(file => file.Package.StartsWith("mcpsecure.", StringComparison.Ordinal))];

    public static IReadOnlyList<MessageElement> Messages { get; } = [.. OwnFiles.SelectMany(MessagesOf)];

    public static IReadOnlyList<EnumElement> Enums { get; } = [.. OwnFiles.SelectMany(EnumsOf)];

    public static IReadOnlyList<MethodElement> Methods { get; } = [.. OwnFiles.SelectMany(MethodsOf)];

    /// <summary>Lists every message that a caller can send: the requests and whatever they hold.</summary>
    public static IReadOnlyList<MessageElement> RequestMessages { get; } = ReachableFromRequests();

    /// <summary>Answers the comment that stands before the element at a path of descriptor.proto numbers; empty where there is none.</summary>
    public static string Comment(FileDescriptorProto file, params int[] path) =>
        file.SourceCodeInfo.Location.FirstOrDefault(location => location.Path.SequenceEqual(path))?.LeadingComments.Trim() ?? string.Empty;

    private static IEnumerable<MessageElement> MessagesOf(FileDescriptorProto file) =>
        file.MessageType.SelectMany((message, index) =>
            Nested(file, message, $"{file.Package}.{message.Name}", [FileDescriptorProto.MessageTypeFieldNumber, index]));

    private static IEnumerable<MessageElement> Nested(FileDescriptorProto file, DescriptorProto message, string name, int[] path)
    {
        if (message.Options?.MapEntry == true)
        {
            yield break;
        }

        yield return new(file, message, name, path);

        foreach (var (inner, index) in message.NestedType.Select((inner, index) => (inner, index)))
        {
            foreach (var element in Nested(file, inner, $"{name}.{inner.Name}", [.. path, DescriptorProto.NestedTypeFieldNumber, index]))
            {
                yield return element;
            }
        }
    }

    private static IEnumerable<EnumElement> EnumsOf(FileDescriptorProto file) =>
        file.EnumType.Select((type, index) => new EnumElement(file, type, [FileDescriptorProto.EnumTypeFieldNumber, index]));

    private static IEnumerable<MethodElement> MethodsOf(FileDescriptorProto file) =>
        file.Service.SelectMany((service, serviceIndex) => service.Method.Select((method, index) => new MethodElement(
            file,
            service,
            method,
            [FileDescriptorProto.ServiceFieldNumber, serviceIndex, ServiceDescriptorProto.MethodFieldNumber, index])));

    private static List<MessageElement> ReachableFromRequests()
    {
        var byName = Messages.ToDictionary(message => $".{message.Name}", StringComparer.Ordinal);
        var open = new Queue<string>(Methods.Select(method => method.Method.InputType));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var found = new List<MessageElement>();

        while (open.TryDequeue(out var name))
        {
            if (seen.Add(name) && byName.TryGetValue(name, out var message))
            {
                found.Add(message);
                message.Fields.Where(field => field.Field.TypeName.Length > 0).ToList().ForEach(field => open.Enqueue(field.Field.TypeName));
            }
        }

        return found;
    }
}

internal sealed record MessageElement(FileDescriptorProto File, DescriptorProto Message, string Name, int[] Path)
{
    public string Comment => Contract.Comment(File, Path);

    public IEnumerable<FieldElement> Fields => Message.Field.Select((proto, index) =>
        new FieldElement(this, proto, [.. Path, DescriptorProto.FieldFieldNumber, index]));
}

internal sealed record FieldElement(MessageElement Message, FieldDescriptorProto Field, int[] Path)
{
    public string Name => $"{Message.Name}.{Field.Name}";

    public string Comment => Contract.Comment(Message.File, Path);

    public FieldRules? Rules => Field.Options?.GetExtension(RulesExtensions.Rules);

    public bool IsRepeated => Field.Label == FieldDescriptorProto.Types.Label.Repeated;

    public bool IsRedacted => Field.Options?.DebugRedact == true;
}

internal sealed record EnumElement(FileDescriptorProto File, EnumDescriptorProto Enum, int[] Path)
{
    public string Name => $"{File.Package}.{Enum.Name}";

    public string Comment => Contract.Comment(File, Path);

    public string ValueComment(int index) => Contract.Comment(File, [.. Path, EnumDescriptorProto.ValueFieldNumber, index]);
}

internal sealed record MethodElement(FileDescriptorProto File, ServiceDescriptorProto Service, MethodDescriptorProto Method, int[] Path)
{
    public string Name => $"{File.Package}.{Service.Name}/{Method.Name}";

    public string Comment => Contract.Comment(File, Path);
}
