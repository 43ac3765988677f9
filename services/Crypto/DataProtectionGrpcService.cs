using System.Text;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Answers calls that protect what is in documents and texts.</summary>
internal sealed class DataProtectionGrpcService(KeyringGate gate, DataEncryption encryption, RecordedDecisions decisions, Redaction redaction)
    : DataProtectionService.DataProtectionServiceBase
{
    // Rules may replace little by much; what grows beyond this is no answer that a client reads.
    private const int LargestAnswerInBytes = (4 * 1024 * 1024) + (64 * 1024);

    public override Task<MaskDataResponse> MaskData(MaskDataRequest request, ServerCallContext context)
    {
        if (!redaction.Documents.TryMask(request.Document.Span, out var masked))
        {
            throw Refusal.InvalidField("document", $"is no JSON of at most {DocumentMasking.MostLevels} levels in UTF-8.");
        }

        return masked.Length <= LargestAnswerInBytes
            ? Task.FromResult(new MaskDataResponse { Document = UnsafeByteOperations.UnsafeWrap(masked) })
            : throw Refusal.InvalidField("document", $"is larger than {LargestAnswerInBytes} bytes once it is masked.");
    }

    public override Task<SanitizeTextResponse> SanitizeText(SanitizeTextRequest request, ServerCallContext context)
    {
        var response = new SanitizeTextResponse();
        response.Text = redaction.Text.Sanitize(request.Text, response.Findings);
        return response.CalculateSize() <= LargestAnswerInBytes
            ? Task.FromResult(response)
            : throw Refusal.InvalidField("text", $"is larger than {LargestAnswerInBytes} bytes once it is sanitized.");
    }

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
