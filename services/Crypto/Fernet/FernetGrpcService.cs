using System.Diagnostics;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Answers calls about Fernet tokens.</summary>
internal sealed class FernetGrpcService(
    KeyringGate gate, ActorGate actors, FernetKeyrings keyrings, FernetKeyImport import, RecordedDecisions decisions, AuditEvents events, TimeProvider clock)
    : FernetService.FernetServiceBase
{
    public override Task<EncryptFernetResponse> EncryptFernet(EncryptFernetRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.fernet.encrypted", $"keyrings/{request.Keyring}", async ValueTask<(EncryptFernetResponse, int?)> () =>
        {
            await gate.RequireAsync(context, request.Keyring, "encrypt");
            var keyring = FoundOrRefused(request.Keyring, await keyrings.FindAsync(request.Keyring, context.CancellationToken));
            RefuseUnusable(request.Keyring, keyring);

            return (new() { Token = keyring.Encrypt(request.Plaintext.Span, clock.GetUtcNow()) }, keyring.ActiveVersion);
        });

    public override Task<DecryptFernetResponse> DecryptFernet(DecryptFernetRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.fernet.decrypted", $"keyrings/{request.Keyring}", async ValueTask<(DecryptFernetResponse, int?)> () =>
        {
            await gate.RequireAsync(context, request.Keyring, "decrypt");
            var (_, opened) = await OpenAsync(request.Keyring, request.Token, request.MaxAge?.ToTimeSpan(), context.CancellationToken);

            return (
                new() { Plaintext = UnsafeByteOperations.UnsafeWrap(opened.Plaintext), CreatedAt = opened.MadeAt.ToTimestamp(), KeyVersion = opened.Version },
                opened.Version);
        });

    public override Task<RotateFernetResponse> RotateFernet(RotateFernetRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.fernet.rotated", $"keyrings/{request.Keyring}", async ValueTask<(RotateFernetResponse, int?)> () =>
        {
            await gate.RequireAsync(context, request.Keyring, "rewrap");
            var (keyring, opened) = await OpenAsync(request.Keyring, request.Token, maxAge: null, context.CancellationToken);
            RefuseUnusable(request.Keyring, keyring);

            return (new() { Token = keyring.Rotate(opened), KeyVersion = keyring.ActiveVersion }, keyring.ActiveVersion);
        });

    public override Task<ImportFernetKeyResponse> ImportFernetKey(ImportFernetKeyRequest request, ServerCallContext context)
    {
        const string Action = "crypto.fernet_key.imported";
        var resource = $"keyrings/{request.Keyring}";
        return decisions.RunChangeAsync(context, Action, resource, async () =>
        {
            await actors.RequireAsync(context, resource, "import", StepUp.Required);
            using var key = FernetText.TryRead(request.Key, out var bytes) && bytes.Length == FernetKey.KeySizeInBytes
                ? SecretBytes.Take(bytes)
                : throw Refusal.InvalidField("key", "must be 32 bytes in base64url with padding.");
            FoundOrRefused(request.Keyring, await keyrings.FindAsync(request.Keyring, context.CancellationToken));
            var result = await import.ImportAsync(request.Keyring, key, events.Start(context, Action).On(resource), context.CancellationToken);

            return result switch
            {
                ChangeResult.Changed(var keyring) => new ImportFernetKeyResponse { KeyVersion = keyring.Versions[^1].Number },
                ChangeResult.Misfit(var field, var why) => throw Refusal.InvalidField(field, why),
                ChangeResult.KeyringUnusable => throw KeyringGate.Unusable(request.Keyring),
                ChangeResult.KeyringNotFound => throw KeyringGate.NotFound(request.Keyring),
                _ => throw new UnreachableException(),
            };
        });
    }

    private async ValueTask<(FernetKeyring Keyring, OpenedFernet Opened)> OpenAsync(
        string name, string token, TimeSpan? maxAge, CancellationToken cancellationToken)
    {
        var keyring = FoundOrRefused(name, await keyrings.FindAsync(name, cancellationToken));
        if (!keyring.TryDecrypt(token, maxAge, clock.GetUtcNow(), out var opened))
        {
            keyring = FoundOrRefused(name, await keyrings.FindCurrentAsync(name, cancellationToken));
            if (!keyring.TryDecrypt(token, maxAge, clock.GetUtcNow(), out opened))
            {
                throw Refusal.Because(
                    ErrorReason.CiphertextInvalid, "This cannot be decrypted here: it was changed, is too old, or is no token of this keyring.");
            }
        }

        return (keyring, opened);
    }

    private static void RefuseUnusable(string name, FernetKeyring keyring)
    {
        if (keyring.ActiveVersion == 0)
        {
            throw KeyringGate.Unusable(name);
        }
    }

    private static FernetKeyring FoundOrRefused(string keyring, FernetKeyringResult result) => result switch
    {
        FernetKeyringResult.Found(var found) => found,
        FernetKeyringResult.NotFound => throw KeyringGate.NotFound(keyring),
        FernetKeyringResult.WrongAlgorithm => throw KeyringGate.WrongAlgorithm(keyring),
        _ => throw new UnreachableException(),
    };
}
