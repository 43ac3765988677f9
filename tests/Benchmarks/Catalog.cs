using Google.Protobuf;
using McpSecure.Authorization.V1;
using McpSecure.Benchmarks.V1;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.Benchmarks;

/// <summary>Lists every benchmark with its budget. A rpc's budget is stated against <see cref="EmptyOnOurHost"/>.</summary>
internal static class Catalog
{
    /// <summary>An empty call over mTLS on Kestrel as the framework makes it: what gRPC itself costs.</summary>
    public static readonly Contender EmptyOnBareKestrel = new(Hosts.Bare, Empty(0, 0));

    /// <summary>The same call on a host with ServiceDefaults: telemetry exported, policy and validation on.</summary>
    public static readonly Contender EmptyOnOurHost = new(Hosts.Defaults, Empty(0, 0));

    // What Auth keeps under its own keyring: no user, so nothing but Crypto itself is measured.
    private const string Keyring = "mfa-secrets";
    private const int Plain = 1024;

    // mcs1.mfa-secrets.1. and 1 024 + 40 bytes in base64url.
    private const int Encrypted = 19 + 1419;

    // A token of a foreign service.
    private const int Small = 64;
    private const int Items = 100;

    // A question about a user, with a scope, and its answer with a revision.
    private const int Question = 80;
    private const int Decided = 10;

    public static readonly IReadOnlyList<Benchmark> All =
    [
        new("empty-call", EmptyOnOurHost, EmptyOnBareKestrel, Budget: 1.25),
        new("encrypt-1-kib", new(Hosts.Crypto, EncryptAsync(Plain)), new(Hosts.Defaults, Empty(Plain, Encrypted)), Budget: 1.15),
        new("decrypt-1-kib", new(Hosts.Crypto, DecryptAsync), new(Hosts.Defaults, Empty(Encrypted, Plain)), Budget: 1.15),

        // An item of a batch costs a twentieth of a call: a batch of 100 as much as five.
        new("encrypt-batch-of-100", new(Hosts.Crypto, EncryptBatchAsync), new(Hosts.Crypto, EncryptAsync(Small)), Budget: 5, Share: 0.05),

        // A key's text and a scope; an id, an owner and a scope.
        new("validate-api-key", new(Hosts.ApiKey, ApiKeySurroundings.ValidateAsync), new(Hosts.Defaults, Empty(90, 84)), Budget: 1.15),
        new("check-permission", new(Hosts.Authorization, CheckPermissionAsync), new(Hosts.Defaults, Empty(Question, Decided)), Budget: 1.15),
    ];

    /// <summary>Lists what an operation within a service may take on one core.</summary>
    public static readonly IReadOnlyList<TimedBenchmark> Timed =
    [
        new("decision-100-grants", () => Decisions.WithGrants(100), TimeSpan.FromMicroseconds(2)),
        new("decision-10000-grants", () => Decisions.WithGrants(10_000), TimeSpan.FromMicroseconds(20)),
    ];

    /// <summary>Lists what is measured against OpenSSL itself, one core each.</summary>
    public static readonly IReadOnlyList<RawBenchmark> Raw =
    [
        // At least nine tenths of its rate.
        new("rs256-sign", RawOperations.SignRs256, ["rsa2048"], Budget: 1.11),

        // Against AES-256-GCM with a tag. What is added to a short message is .NET's way to OpenSSL, the nonce, and a subkey every few thousand.
        new("seal-1-kib", () => RawOperations.Seal(1024), ["-bytes", "1024", "-evp", "aes-256-gcm", "-aead"], Budget: 2),
        new("seal-64-kib", () => RawOperations.Seal(65_536), ["-bytes", "65536", "-evp", "aes-256-gcm", "-aead"], Budget: 1.15),
    ];

    private static Func<IServiceProvider, CancellationToken, Task<Func<CancellationToken, Task>>> Empty(int size, int answerSize) => (clients, _) =>
    {
        var empty = clients.GetRequiredService<EmptyService.EmptyServiceClient>();
        var request = new CallRequest { Payload = ByteString.CopyFrom(new byte[size]), AnswerSizeInBytes = answerSize };
        return Task.FromResult<Func<CancellationToken, Task>>(async cancellationToken => await empty.CallAsync(request, cancellationToken: cancellationToken));
    };

    private static Func<IServiceProvider, CancellationToken, Task<Func<CancellationToken, Task>>> EncryptAsync(int size) => (clients, _) =>
    {
        var encryption = clients.GetRequiredService<EncryptionService.EncryptionServiceClient>();
        var request = new EncryptRequest { Keyring = Keyring, Plaintext = ByteString.CopyFrom(new byte[size]) };
        return Task.FromResult<Func<CancellationToken, Task>>(async cancellationToken => await encryption.EncryptAsync(request, cancellationToken: cancellationToken));
    };

    private static async Task<Func<CancellationToken, Task>> CheckPermissionAsync(IServiceProvider clients, CancellationToken stop)
    {
        await AuthorizationSurroundings.GiveRightsAsync(stop);
        var decisions = clients.GetRequiredService<AuthorizationService.AuthorizationServiceClient>();
        var request = new CheckPermissionRequest
        {
            Question = new()
            {
                Principal = new() { Type = PrincipalType.User, Id = AuthorizationSurroundings.UserId },
                Resource = "servers/weather",
                Action = "read",
                Scopes = { "mcp:read" },
            },
        };
        return async cancellationToken =>
        {
            if (!(await decisions.CheckPermissionAsync(request, cancellationToken: cancellationToken)).Allowed)
            {
                throw new InvalidOperationException("What the user holds was not read.");
            }
        };
    }

    private static async Task<Func<CancellationToken, Task>> DecryptAsync(IServiceProvider clients, CancellationToken stop)
    {
        var encryption = clients.GetRequiredService<EncryptionService.EncryptionServiceClient>();
        var encrypted = await encryption.EncryptAsync(
            new EncryptRequest { Keyring = Keyring, Plaintext = ByteString.CopyFrom(new byte[Plain]) }, cancellationToken: stop);
        var request = new DecryptRequest { Keyring = Keyring, Ciphertext = encrypted.Ciphertext };
        return async cancellationToken => await encryption.DecryptAsync(request, cancellationToken: cancellationToken);
    }

    private static Task<Func<CancellationToken, Task>> EncryptBatchAsync(IServiceProvider clients, CancellationToken stop)
    {
        var encryption = clients.GetRequiredService<EncryptionService.EncryptionServiceClient>();
        var item = new EncryptItem { Plaintext = ByteString.CopyFrom(new byte[Small]) };
        var request = new EncryptBatchRequest { Keyring = Keyring, Items = { Enumerable.Repeat(item, Items) } };
        return Task.FromResult<Func<CancellationToken, Task>>(async cancellationToken => await encryption.EncryptBatchAsync(request, cancellationToken: cancellationToken));
    }
}
