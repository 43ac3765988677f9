using System.Runtime.Versioning;
using Google.Protobuf;
using McpSecure.Testing;

namespace McpSecure.Crypto.Tests;

/// <summary>Encrypts and decrypts without a pause on the replicas that are in service, and counts.</summary>
[SupportedOSPlatform("linux")]
internal sealed class Load : IAsyncDisposable
{
    private readonly CancellationTokenSource end = new();
    private readonly CryptoPlatform platform;
    private readonly Task running;
    private volatile ServiceHost[] inService;
    private int done;

    public Load(CryptoPlatform platform, params ServiceHost[] inService)
    {
        (this.platform, this.inService) = (platform, inService);
        running = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(RunAsync)));
    }

    /// <summary>Changes which replicas are asked, and returns when calls to the others have ended.</summary>
    public async Task SendToAsync(params ServiceHost[] replicas)
    {
        inService = replicas;
        var before = Volatile.Read(ref done);
        await Eventually.TrueAsync(() => Task.FromResult(Volatile.Read(ref done) > before + 20 || running.IsCompleted));
    }

    /// <summary>Ends, and asserts that no call has failed.</summary>
    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await running;
        end.Dispose();
        Assert.True(done > 20, $"Only {done} calls were made.");
    }

    // What a call throws ends the load and fails the test.
    private async Task RunAsync()
    {
        var clients = new Dictionary<ServiceHost, V1.EncryptionService.EncryptionServiceClient>();
        for (var i = 0; !end.IsCancellationRequested; i++)
        {
            var replicas = inService;
            var replica = replicas[i % replicas.Length];
            if (!clients.TryGetValue(replica, out var client))
            {
                clients[replica] = client = platform.Encryption("auth", replica);
            }

            var ciphertext = (await client.EncryptAsync(new() { Keyring = "mfa-secrets", Plaintext = ByteString.CopyFromUtf8("x") })).Ciphertext;
            await client.DecryptAsync(new() { Keyring = "mfa-secrets", Ciphertext = ciphertext });
            Interlocked.Increment(ref done);
        }
    }
}
