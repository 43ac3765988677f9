using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Answers grpc.reflection.v1 from the contract's descriptors, for grpcurl and the like. In development only.</summary>
/// <remarks>Source: the gRPC server reflection protocol (grpc/doc/server-reflection.md).</remarks>
internal sealed class ReflectionService : ServerReflection.ServerReflectionBase
{
    private readonly string[] services;
    private readonly Dictionary<string, FileDescriptor> files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> symbols = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Type, int Number), FileDescriptor> extensions = [];

    public ReflectionService(RpcTable rpcs)
    {
        var all = rpcs.Services.Append(Health.Descriptor).Append(ServerReflection.Descriptor).ToArray();
        services = [.. all.Select(s => s.FullName).Order(StringComparer.Ordinal)];
        foreach (var service in all)
        {
            Add(service.File);
        }
    }

    public override async Task ServerReflectionInfo(
        IAsyncStreamReader<ServerReflectionRequest> requestStream, IServerStreamWriter<ServerReflectionResponse> responseStream, ServerCallContext context)
    {
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            await responseStream.WriteAsync(Answer(requestStream.Current), context.CancellationToken);
        }
    }

    private ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var response = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case ServerReflectionRequest.MessageRequestOneofCase.ListServices:
                response.ListServicesResponse = new ListServiceResponse { Service = { services.Select(s => new ServiceResponse { Name = s }) } };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileByFilename:
                Answer(response, files.GetValueOrDefault(request.FileByFilename), request.FileByFilename);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol:
                Answer(response, symbols.GetValueOrDefault(request.FileContainingSymbol), request.FileContainingSymbol);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingExtension:
                var wanted = request.FileContainingExtension;
                Answer(response, extensions.GetValueOrDefault((wanted.ContainingType, wanted.ExtensionNumber)), $"{wanted.ContainingType} {wanted.ExtensionNumber}");
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.AllExtensionNumbersOfType:
                var type = request.AllExtensionNumbersOfType;
                response.AllExtensionNumbersResponse = new ExtensionNumberResponse
                {
                    BaseTypeName = type,
                    ExtensionNumber = { extensions.Keys.Where(e => e.Type == type).Select(e => e.Number) },
                };
                break;
            default:
                response.ErrorResponse = new ErrorResponse { ErrorCode = (int)StatusCode.InvalidArgument, ErrorMessage = "Nothing is asked." };
                break;
        }

        return response;
    }

    private static void Answer(ServerReflectionResponse response, FileDescriptor? file, string wanted)
    {
        if (file is null)
        {
            response.ErrorResponse = new ErrorResponse { ErrorCode = (int)StatusCode.NotFound, ErrorMessage = $"{wanted} is not known here." };
            return;
        }

        // With all that it imports, so that a caller need not ask again.
        var found = new List<ByteString>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        Collect(file);
        response.FileDescriptorResponse = new FileDescriptorResponse { FileDescriptorProto = { found } };

        void Collect(FileDescriptor one)
        {
            if (seen.Add(one.Name))
            {
                found.Add(one.SerializedData);
                foreach (var import in one.Dependencies)
                {
                    Collect(import);
                }
            }
        }
    }

    private void Add(FileDescriptor file)
    {
        if (!files.TryAdd(file.Name, file))
        {
            return;
        }

        foreach (var import in file.Dependencies)
        {
            Add(import);
        }

        foreach (var service in file.Services)
        {
            symbols[service.FullName] = file;
            foreach (var method in service.Methods)
            {
                symbols[method.FullName] = file;
            }
        }

        foreach (var type in file.EnumTypes)
        {
            symbols[type.FullName] = file;
        }

        foreach (var message in file.MessageTypes)
        {
            Add(message);
        }

        foreach (var extension in file.Extensions.UnorderedExtensions)
        {
            symbols[extension.FullName] = file;
            extensions[(extension.ExtendeeType.FullName, extension.FieldNumber)] = file;
        }
    }

    private void Add(MessageDescriptor message)
    {
        symbols[message.FullName] = message.File;
        foreach (var type in message.EnumTypes)
        {
            symbols[type.FullName] = message.File;
        }

        foreach (var nested in message.NestedTypes)
        {
            Add(nested);
        }
    }
}
