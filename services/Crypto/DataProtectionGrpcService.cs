using System.Text;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Answers calls that protect what is in documents.</summary>
internal sealed class DataProtectionGrpcService(KeyringGate gate, DataEncryption encryption, RecordedDecisions decisions)
    : DataProtectionService.DataProtectionServiceBase
{
    public override Task<ProtectConfigurationResponse> ProtectConfiguration(ProtectConfigurationRequest request, ServerCallContext context) =>
        decisions.RunBatchAsync(
            context, "crypto.configuration.protected", $"keyrings/{request.Keyring}", async ValueTask<(ProtectConfigurationResponse, BatchCounts)> () =>
        {
            await gate.RequireAsync(context, request.Keyring, "encrypt");
            var document = Parse(request.Document);
            var keyring = KeyringGate.FoundOrRefused(request.Keyring, await encryption.FindAsync(request.Keyring, document.Plain.Count, context.CancellationToken));
            var changed = ConfigurationProtection.Protect(document, keyring, request.Context.Span);

            return (
                new() { Document = UnsafeByteOperations.UnsafeWrap(changed), ValuesProtected = document.Plain.Count },
                new BatchCounts(document.Plain.Count, Refused: 0));
        });

    public override Task<UnprotectConfigurationResponse> UnprotectConfiguration(UnprotectConfigurationRequest request, ServerCallContext context) =>
        decisions.RunBatchAsync(
            context, "crypto.configuration.unprotected", $"keyrings/{request.Keyring}", async ValueTask<(UnprotectConfigurationResponse, BatchCounts)> () =>
        {
            await gate.RequireAsync(context, request.Keyring, "decrypt");
            var document = Parse(request.Document);
            var ciphertexts = document.Protected.Select(value => Encoding.UTF8.GetString(document.Content(value.Content)));
            var keyring = KeyringGate.FoundOrRefused(request.Keyring, await encryption.FindAsync(request.Keyring, ciphertexts, messages: 0, context.CancellationToken));
            var changed = ConfigurationProtection.Unprotect(document, keyring, request.Context.Span) ?? throw Refusal.Because(
                ErrorReason.CiphertextInvalid, "A value cannot be decrypted here: it was changed, or is of another keyring, place or document.");

            return (
                new() { Document = UnsafeByteOperations.UnsafeWrap(changed), ValuesUnprotected = document.Protected.Count },
                new BatchCounts(document.Protected.Count, Refused: 0));
        });

    private static ConfigurationDocument Parse(ByteString json) =>
        ConfigurationDocument.TryParse(json.Memory, out var document, out var fault) ? document : throw Refusal.InvalidField("document", fault);
}
