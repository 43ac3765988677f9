using System.Globalization;
using System.Runtime.Versioning;
using Grpc.Core;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.Crypto.Tests;

/// <summary>Attacks the memory of a real process of Crypto.</summary>
[SupportedOSPlatform("linux")]
public sealed class RequestMemoryTests : IAsyncLifetime
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(bytes => bytes, bytes => bytes);
    private static readonly Method<byte[], byte[]> EncryptBatch = new(MethodType.Unary, EncryptionService.Descriptor.FullName, "EncryptBatch", Bytes, Bytes);

    private readonly CryptoPlatform platform = new();
    private PlatformService process = null!;

    public async Task InitializeAsync()
    {
        await platform.InitializeAsync();
        process = await platform.StartProcessAsync();
    }

    public async Task DisposeAsync()
    {
        await process.DisposeAsync();
        await platform.DisposeAsync();
    }

    [Fact]
    public async Task BatchBombs_OfSixMebibytesOfTinyItems_SentByManyAtOnce_FillNoMemory()
    {
        const int Callers = 4;
        byte[] bomb = [.. Enumerable.Repeat((byte[])[0x12, 0x02, 0x78, 0x00], 6 * 1024 * 1024 / 4).SelectMany(item => item)];
        var paths = platform.Pki.Workload("webshop");
        await using var clients = new ServiceCollection()
            .AddMcpSecure(options => TestPki.Configure(options, paths, (process.Name, process.Address)))
            .AddMcpSecureClient(process.Name, EncryptionService.Descriptor, invoker => new RawClient(invoker))
            .BuildServiceProvider();
        var raw = clients.GetRequiredService<RawClient>();
        await SendAsync(raw, []);
        var before = MostMemoryInMebibytes();

        var answers = await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => SendAsync(raw, bomb)));

        Assert.All(answers, error => Assert.Equal((ErrorReason.FieldInvalid, "items[0].#15"), (error.Reason, Assert.Single(error.Violations).Field)));
        Assert.InRange(MostMemoryInMebibytes() - before, 0, 40 * Callers);
    }

    private static async Task<McpSecureError> SendAsync(RawClient client, byte[] request) =>
        McpSecureError.From(await Assert.ThrowsAsync<RpcException>(async () => await client.Invoker.AsyncUnaryCall(EncryptBatch, host: null, new CallOptions(), request)));

    // proc(5): the most of the process's memory that was in use at a time, in kB.
    private int MostMemoryInMebibytes()
    {
        var line = File.ReadLines($"/proc/{process.ProcessId}/status").First(one => one.StartsWith("VmHWM:", StringComparison.Ordinal));
        return int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    private sealed class RawClient(CallInvoker invoker) : ClientBase(invoker)
    {
        public CallInvoker Invoker => CallInvoker;
    }
}
