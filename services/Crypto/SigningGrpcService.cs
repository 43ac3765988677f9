using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Answers calls to sign, and for what verifies.</summary>
internal sealed class SigningGrpcService(KeyringGate gate, DataSigning signing, RecordedDecisions decisions) : SigningService.SigningServiceBase
{
    public override Task<SignResponse> Sign(SignRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.signature.made", $"keyrings/{request.Keyring}", async ValueTask<(SignResponse, int?)> () =>
        {
            await gate.RequireAsync(context, request.Keyring, "sign");
            var result = await signing.SignAsync(request.Keyring, request.KeyVersion, request.Data.Memory, context.CancellationToken);

            return result switch
            {
                SignResult.Signed(var signature) => (new() { Signature = UnsafeByteOperations.UnsafeWrap(signature) }, request.KeyVersion),
                SignResult.KeyringNotFound => throw KeyringGate.NotFound(request.Keyring),
                SignResult.WrongAlgorithm => throw KeyringGate.WrongAlgorithm(request.Keyring),
                SignResult.VersionUnusable => throw Refusal.InvalidField(
                    "key_version", "is no version that signs now: ask ListPublicKeys for the active one."),
                _ => throw new UnreachableException(),
            };
        });

    public override async Task<ListPublicKeysResponse> ListPublicKeys(ListPublicKeysRequest request, ServerCallContext context)
    {
        // Not recorded: these are published to everybody, and nothing is decided about anybody.
        await gate.RequireAsync(context, request.Keyring, "read");
        var result = await signing.ListPublicKeysAsync(request.Keyring, context.CancellationToken);

        return result switch
        {
            PublicKeysResult.Listed(var keys) => new() { Keys = { keys.Select(Message) } },
            PublicKeysResult.KeyringNotFound => throw KeyringGate.NotFound(request.Keyring),
            PublicKeysResult.WrongAlgorithm => throw KeyringGate.WrongAlgorithm(request.Keyring),
            _ => throw new UnreachableException(),
        };
    }

    private static PublicKey Message(PublicSigningKey key) => new()
    {
        Version = key.Version,
        KeyId = key.KeyId,
        Algorithm = "RS256",
        Modulus = ByteString.CopyFrom(key.Modulus),
        Exponent = ByteString.CopyFrom(key.Exponent),
        Active = key.IsActive,
    };
}
