using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Answers calls to encrypt and decrypt.</summary>
internal sealed class EncryptionGrpcService(KeyringGate gate, DataEncryption encryption, RecordedDecisions decisions)
    : EncryptionService.EncryptionServiceBase
{
    public override Task<EncryptResponse> Encrypt(EncryptRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.data.encrypted", $"keyrings/{request.Keyring}", async ValueTask<(EncryptResponse, int?)> () =>
        {
            await gate.RequireAsync(context, request.Keyring, "encrypt");
            var result = await encryption.EncryptAsync(request.Keyring, request.Plaintext.Memory, request.Context.Memory, context.CancellationToken);

            return result switch
            {
                EncryptResult.Encrypted(var ciphertext, var version) => (new() { Ciphertext = ciphertext }, version),
                EncryptResult.KeyringNotFound => throw KeyringGate.NotFound(request.Keyring),
                EncryptResult.WrongAlgorithm => throw KeyringGate.WrongAlgorithm(request.Keyring),
                _ => throw new UnreachableException(),
            };
        });

    public override Task<DecryptResponse> Decrypt(DecryptRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.data.decrypted", $"keyrings/{request.Keyring}", async ValueTask<(DecryptResponse, int?)> () =>
        {
            await gate.RequireAsync(context, request.Keyring, "decrypt");
            var result = await encryption.DecryptAsync(request.Keyring, request.Ciphertext, request.Context.Memory, context.CancellationToken);

            return result switch
            {
                // The array is nobody else's: no second copy of the plaintext.
                DecryptResult.Decrypted(var plaintext, var version) =>
                    (new() { Plaintext = UnsafeByteOperations.UnsafeWrap(plaintext), KeyVersion = version }, version),
                DecryptResult.KeyringNotFound => throw KeyringGate.NotFound(request.Keyring),
                DecryptResult.WrongAlgorithm => throw KeyringGate.WrongAlgorithm(request.Keyring),
                DecryptResult.Invalid => throw Refusal.Because(
                    ErrorReason.CiphertextInvalid, "This cannot be decrypted here: it was changed, or is of another keyring, version or context."),
                _ => throw new UnreachableException(),
            };
        });
}
