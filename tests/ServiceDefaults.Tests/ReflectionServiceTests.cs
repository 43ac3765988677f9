using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.ServiceDefaults.Tests;

public sealed class ReflectionServiceTests : IDisposable
{
    private readonly TestPki pki = new();

    public void Dispose() => pki.Dispose();

    [Fact]
    public async Task Reflection_InProduction_IsRefused()
    {
        await using var host = await ProbeHost.StartAsync(pki);

        var refused = await Assert.ThrowsAsync<RpcException>(() => AskAsync(host, new ServerReflectionRequest { ListServices = "*" }));

        Assert.Equal(ErrorReason.CallerNotAllowed, McpSecureError.From(refused).Reason);
    }

    [Fact]
    public async Task Reflection_InDevelopment_ListsServices()
    {
        await using var host = await ProbeHost.StartAsync(pki, environment: "Development");

        var answer = Assert.Single(await AskAsync(host, new ServerReflectionRequest { ListServices = "*" }));

        Assert.Equal(
            ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "mcpsecure.testing.v1.ProbeService"],
            answer.ListServicesResponse.Service.Select(s => s.Name));
    }

    [Fact]
    public async Task Reflection_AskedForASymbol_GivesFilesThatBuildTheWholeContract()
    {
        await using var host = await ProbeHost.StartAsync(pki, environment: "Development");

        var answers = await AskAsync(
            host,
            new ServerReflectionRequest { FileContainingSymbol = "mcpsecure.testing.v1.ProbeService" },
            new ServerReflectionRequest { FileContainingSymbol = "mcpsecure.testing.v1.Item" },
            new ServerReflectionRequest { FileByFilename = "mcpsecure/common/v1/rules.proto" },
            new ServerReflectionRequest { FileContainingExtension = new ExtensionRequest { ContainingType = "google.protobuf.FieldOptions", ExtensionNumber = 50701 } });

        var files = answers.Select(a => a.FileDescriptorResponse.FileDescriptorProto.Select(FileDescriptorProto.Parser.ParseFrom).ToArray()).ToArray();
        Assert.Equal("probe.proto", files[0][0].Name);
        Assert.Equal("probe.proto", files[1][0].Name);
        Assert.Equal("mcpsecure/common/v1/rules.proto", files[2][0].Name);
        Assert.Equal("mcpsecure/common/v1/rules.proto", files[3][0].Name);

        // Every import comes along, and none twice.
        Assert.All(files, set => Assert.All(set.SelectMany(f => f.Dependency), import => Assert.Single(set, f => f.Name == import)));
    }

    [Fact]
    public async Task Reflection_AskedForWhatIsNotThere_SaysSoAndGoesOn()
    {
        await using var host = await ProbeHost.StartAsync(pki, environment: "Development");

        var answers = await AskAsync(host, new ServerReflectionRequest { FileContainingSymbol = "no.such" }, new ServerReflectionRequest { AllExtensionNumbersOfType = "google.protobuf.FieldOptions" });

        Assert.Equal((int)StatusCode.NotFound, answers[0].ErrorResponse.ErrorCode);
        Assert.Equal([50701], answers[1].AllExtensionNumbersResponse.ExtensionNumber);
    }

    private static async Task<List<ServerReflectionResponse>> AskAsync(ProbeHost host, params ServerReflectionRequest[] questions)
    {
        await using var clients = host.Clients("stranger", services => services.AddMcpSecureClient(
            ProbeHost.Name, ServerReflection.Descriptor, invoker => new ServerReflection.ServerReflectionClient(invoker)));
        using var call = clients.GetRequiredService<ServerReflection.ServerReflectionClient>().ServerReflectionInfo();

        // A refusal may come while a question is still being written; the answers' end says what it was.
        await Record.ExceptionAsync(async () =>
        {
            foreach (var question in questions)
            {
                await call.RequestStream.WriteAsync(question);
            }

            await call.RequestStream.CompleteAsync();
        });
        var answers = new List<ServerReflectionResponse>();
        while (await call.ResponseStream.MoveNext(default))
        {
            answers.Add(call.ResponseStream.Current);
        }

        return answers;
    }
}
