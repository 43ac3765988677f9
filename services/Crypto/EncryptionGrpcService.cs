using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Answers calls to encrypt, decrypt and rewrap, one or many, and for data keys.</summary>
internal sealed class EncryptionGrpcService(KeyringGate gate, DataEncryption encryption, RecordedDecisions decisions)
    : EncryptionService.EncryptionServiceBase
{
    private const int LargestPlaintextInBytes = 4 * 1024 * 1024;
    private const int DefaultDataKeySizeInBytes = 32;

    public override Task<EncryptResponse> Encrypt(EncryptRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.data.encrypted", $"keyrings/{request.Keyring}", async ValueTask<(EncryptResponse, int?)> () =>
        {
            var keyring = await FindAsync(context, request.Keyring, "encrypt", messages: 1);
            var ciphertext = keyring.Encrypt(request.Plaintext.Span, request.Context.Span);
            Clear(request.Plaintext);

            return (new() { Ciphertext = ciphertext }, keyring.ActiveVersion);
        });

    public override Task<DecryptResponse> Decrypt(DecryptRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.data.decrypted", $"keyrings/{request.Keyring}", async ValueTask<(DecryptResponse, int?)> () =>
        {
            var keyring = await FindAsync(context, request.Keyring, "decrypt", request.Ciphertext, messages: 0);

            // The array is nobody else's: no second copy of the plaintext.
            return keyring.TryDecrypt(request.Ciphertext, request.Context.Span, out var plaintext, out var version)
                ? (new() { Plaintext = UnsafeByteOperations.UnsafeWrap(plaintext), KeyVersion = version }, version)
                : throw Invalid();
        });

    public override Task<RewrapResponse> Rewrap(RewrapRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.data.rewrapped", $"keyrings/{request.Keyring}", async ValueTask<(RewrapResponse, int?)> () =>
        {
            var keyring = await FindAsync(context, request.Keyring, "rewrap", request.Ciphertext, messages: 1);
            var ciphertext = keyring.Rewrap(request.Ciphertext, request.Context.Span) ?? throw Invalid();

            return (new() { Ciphertext = ciphertext, KeyVersion = keyring.ActiveVersion }, keyring.ActiveVersion);
        });

    public override Task<GenerateDataKeyResponse> GenerateDataKey(GenerateDataKeyRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.data_key.generated", $"keyrings/{request.Keyring}", async ValueTask<(GenerateDataKeyResponse, int?)> () =>
        {
            var keyring = await FindAsync(context, request.Keyring, request.WrappedOnly ? "generate-wrapped-data-key" : "generate-data-key", messages: 1);
            var key = RandomNumberGenerator.GetBytes(request.SizeInBytes == 0 ? DefaultDataKeySizeInBytes : request.SizeInBytes);
            var response = new GenerateDataKeyResponse { Ciphertext = keyring.Encrypt(key, request.Context.Span), KeyVersion = keyring.ActiveVersion };
            if (request.WrappedOnly)
            {
                CryptographicOperations.ZeroMemory(key);
            }
            else
            {
                response.Plaintext = UnsafeByteOperations.UnsafeWrap(key);
            }

            return (response, keyring.ActiveVersion);
        });

    public override Task<EncryptBatchResponse> EncryptBatch(EncryptBatchRequest request, ServerCallContext context) =>
        decisions.RunBatchAsync(context, "crypto.data.encrypted", $"keyrings/{request.Keyring}", async ValueTask<(EncryptBatchResponse, BatchCounts)> () =>
        {
            var keyring = await FindAsync(context, request.Keyring, "encrypt", request.Items.Count);
            Batch.RefuseDuplicates(request.Items, item => item.Id, "id");
            if (request.Items.Sum(item => (long)item.Plaintext.Length) > LargestPlaintextInBytes)
            {
                throw Refusal.InvalidField("items", $"must hold at most {LargestPlaintextInBytes} bytes of plaintext together.");
            }

            var response = new EncryptBatchResponse();
            foreach (var item in request.Items)
            {
                response.Items.Add(new EncryptedItem { Id = item.Id, Ciphertext = keyring.Encrypt(item.Plaintext.Span, item.Context.Span) });
                Clear(item.Plaintext);
            }

            return (response, new BatchCounts(request.Items.Count, Refused: 0));
        });

    public override Task<DecryptBatchResponse> DecryptBatch(DecryptBatchRequest request, ServerCallContext context) =>
        decisions.RunBatchAsync(context, "crypto.data.decrypted", $"keyrings/{request.Keyring}", async ValueTask<(DecryptBatchResponse, BatchCounts)> () =>
        {
            var keyring = await FindAsync(context, request.Keyring, "decrypt", request.Items, messages: 0);
            var response = new DecryptBatchResponse();
            foreach (var item in request.Items)
            {
                response.Items.Add(keyring.TryDecrypt(item.Ciphertext, item.Context.Span, out var plaintext, out var version)
                    ? new DecryptedItem { Id = item.Id, Plaintext = UnsafeByteOperations.UnsafeWrap(plaintext), KeyVersion = version }
                    : new DecryptedItem { Id = item.Id, Refused = ErrorReason.CiphertextInvalid });
            }

            return (response, new BatchCounts(request.Items.Count, response.Items.Count(item => item.HasRefused)));
        });

    public override Task<RewrapBatchResponse> RewrapBatch(RewrapBatchRequest request, ServerCallContext context) =>
        decisions.RunBatchAsync(context, "crypto.data.rewrapped", $"keyrings/{request.Keyring}", async ValueTask<(RewrapBatchResponse, BatchCounts)> () =>
        {
            var keyring = await FindAsync(context, request.Keyring, "rewrap", request.Items, request.Items.Count);
            var response = new RewrapBatchResponse { KeyVersion = keyring.ActiveVersion };
            foreach (var item in request.Items)
            {
                response.Items.Add(keyring.Rewrap(item.Ciphertext, item.Context.Span) is { } ciphertext
                    ? new RewrappedItem { Id = item.Id, Ciphertext = ciphertext }
                    : new RewrappedItem { Id = item.Id, Refused = ErrorReason.CiphertextInvalid });
            }

            return (response, new BatchCounts(request.Items.Count, response.Items.Count(item => item.HasRefused)));
        });

    private async ValueTask<EncryptionKeyring> FindAsync(ServerCallContext context, string keyring, string action, int messages)
    {
        await gate.RequireAsync(context, keyring, action);
        return KeyringGate.FoundOrRefused(keyring, await encryption.FindAsync(keyring, messages, context.CancellationToken));
    }

    private async ValueTask<EncryptionKeyring> FindAsync(ServerCallContext context, string keyring, string action, string ciphertext, int messages)
    {
        await gate.RequireAsync(context, keyring, action);
        return KeyringGate.FoundOrRefused(keyring, await encryption.FindAsync(keyring, ciphertext, messages, context.CancellationToken));
    }

    private async ValueTask<EncryptionKeyring> FindAsync(
        ServerCallContext context, string keyring, string action, IReadOnlyList<CiphertextItem> items, int messages)
    {
        await gate.RequireAsync(context, keyring, action);
        Batch.RefuseDuplicates(items, item => item.Id, "id");
        Batch.RefuseDuplicates(items, item => item.Ciphertext, "ciphertext");
        return KeyringGate.FoundOrRefused(keyring, await encryption.FindAsync(keyring, items.Select(item => item.Ciphertext), messages, context.CancellationToken));
    }

    private static Refusal Invalid() => Refusal.Because(
        ErrorReason.CiphertextInvalid, "This cannot be decrypted here: it was changed, or is of another keyring, version or context.");

    // The request is ours alone and is read no more; its buffer came with the message, so nothing else shares it.
    private static void Clear(ByteString plaintext) => CryptographicOperations.ZeroMemory(MemoryMarshal.AsMemory(plaintext.Memory).Span);
}
