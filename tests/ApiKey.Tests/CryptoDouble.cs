using System.Buffers.Text;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.ApiKey.Tests;

/// <summary>Stands for Crypto: encrypts under the pepper's keyring, with the context bound in, and is away when a test wants it.</summary>
public sealed class CryptoDouble : EncryptionService.EncryptionServiceBase
{
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);

    public bool IsAway { get; set; }

    public Workload Workload => new(
        "crypto",
        Assembly: null,
        builder =>
        {
            builder.AddServiceDefaults(CallerPolicy.For(EncryptionService.Descriptor)
                .Allow("mcpsecure.crypto.v1.EncryptionService/Encrypt", Caller.Service("apikey"))
                .Allow("mcpsecure.crypto.v1.EncryptionService/Decrypt", Caller.Service("apikey")));
            builder.Services.AddSingleton(this);
        },
        app => app.MapGrpcService<CryptoDouble>());

    public override Task<EncryptResponse> Encrypt(EncryptRequest request, ServerCallContext context) => Task.FromResult(Encrypt(request));

    public override Task<DecryptResponse> Decrypt(DecryptRequest request, ServerCallContext context) => Task.FromResult(Decrypt(request));

    public EncryptResponse Encrypt(EncryptRequest request)
    {
        ThrowIfAway();
        var output = new byte[NonceSize + request.Plaintext.Length + TagSize];
        RandomNumberGenerator.Fill(output.AsSpan(0, NonceSize));
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(output.AsSpan(0, NonceSize), request.Plaintext.Span, output.AsSpan(NonceSize..^TagSize), output.AsSpan(^TagSize..), request.Context.Span);
        return new() { Ciphertext = $"mcs1.{request.Keyring}.1.{Base64Url.EncodeToString(output)}" };
    }

    public DecryptResponse Decrypt(DecryptRequest request)
    {
        ThrowIfAway();
        var prefix = $"mcs1.{request.Keyring}.1.";
        var input = request.Ciphertext.StartsWith(prefix, StringComparison.Ordinal) ? Base64Url.DecodeFromChars(request.Ciphertext.AsSpan(prefix.Length)) : [];
        try
        {
            var plaintext = new byte[Math.Max(0, input.Length - NonceSize - TagSize)];
            using var aes = new AesGcm(key, TagSize);
            aes.Decrypt(input.AsSpan(0, NonceSize), input.AsSpan(NonceSize..^TagSize), input.AsSpan(^TagSize..), plaintext, request.Context.Span);
            return new() { Plaintext = ByteString.CopyFrom(plaintext), KeyVersion = 1 };
        }
        catch (Exception e) when (e is AuthenticationTagMismatchException or ArgumentException)
        {
            throw Refusal.Because(ErrorReason.CiphertextInvalid, "The ciphertext cannot be decrypted here.");
        }
    }

    /// <summary>Gives a client that asks this object without a wire.</summary>
    public EncryptionService.EncryptionServiceClient Client() => new InProcess(this);

    private void ThrowIfAway()
    {
        if (IsAway)
        {
            throw Refusal.Because(ErrorReason.DependencyUnavailable, "Crypto is away.");
        }
    }

    private sealed class InProcess(CryptoDouble crypto) : EncryptionService.EncryptionServiceClient
    {
        public override AsyncUnaryCall<EncryptResponse> EncryptAsync(
            EncryptRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default) =>
            Answer(() => crypto.Encrypt(request));

        public override AsyncUnaryCall<DecryptResponse> DecryptAsync(
            DecryptRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default) =>
            Answer(() => crypto.Decrypt(request));

        private static AsyncUnaryCall<T> Answer<T>(Func<T> answer) =>
            new(Task.Run(answer), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
    }
}
