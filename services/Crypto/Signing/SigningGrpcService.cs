using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Answers calls to sign and to authenticate, to verify either, and for what verifies.</summary>
internal sealed class SigningGrpcService(KeyringGate gate, DataSigning signing, DataMacs macs, RecordedDecisions decisions)
    : SigningService.SigningServiceBase
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

    public override Task<VerifyResponse> Verify(VerifyRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.signature.verified", $"keyrings/{request.Keyring}", async ValueTask<(VerifyResponse, int?)> () =>
        {
            await gate.RequireAsync(context, request.Keyring, "verify");
            var result = await signing.VerifyAsync(
                request.Keyring, request.KeyVersion, request.Data.Memory, request.Signature.Memory, context.CancellationToken);

            return (new() { Valid = IsValid(result, request.Keyring) }, request.KeyVersion);
        });

    public override async Task<ListPublicKeysResponse> ListPublicKeys(ListPublicKeysRequest request, ServerCallContext context) =>
        new() { Keys = { (await PublicKeysAsync(request.Keyring, context)).Select(Message) } };

    public override async Task<GetJwksResponse> GetJwks(GetJwksRequest request, ServerCallContext context) =>
        new() { Jwks = Jwks.Write((await PublicKeysAsync(request.Keyring, context)).Select(key => key.Parameters)) };

    public override Task<ComputeMacResponse> ComputeMac(ComputeMacRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.mac.made", $"keyrings/{request.Keyring}", async ValueTask<(ComputeMacResponse, int?)> () =>
        {
            await gate.RequireAsync(context, request.Keyring, "authenticate");
            var result = await macs.ComputeAsync(request.Keyring, request.Data.Memory, context.CancellationToken);

            return result switch
            {
                MacResult.Computed(var code, var version) =>
                    (new() { Mac = UnsafeByteOperations.UnsafeWrap(code), KeyVersion = version }, version),
                MacResult.KeyringNotFound => throw KeyringGate.NotFound(request.Keyring),
                MacResult.WrongAlgorithm => throw KeyringGate.WrongAlgorithm(request.Keyring),
                MacResult.KeyringUnusable => throw KeyringGate.Unusable(request.Keyring),
                _ => throw new UnreachableException(),
            };
        });

    public override Task<VerifyMacResponse> VerifyMac(VerifyMacRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.mac.verified", $"keyrings/{request.Keyring}", async ValueTask<(VerifyMacResponse, int?)> () =>
        {
            await gate.RequireAsync(context, request.Keyring, "verify");
            var result = await macs.VerifyAsync(request.Keyring, request.KeyVersion, request.Data.Memory, request.Mac.Memory, context.CancellationToken);

            return (new() { Valid = IsValid(result, request.Keyring) }, request.KeyVersion);
        });

    private static bool IsValid(VerifyResult result, string keyring) => result switch
    {
        VerifyResult.Judged(var isValid) => isValid,
        VerifyResult.KeyringNotFound => throw KeyringGate.NotFound(keyring),
        VerifyResult.WrongAlgorithm => throw KeyringGate.WrongAlgorithm(keyring),
        _ => throw new UnreachableException(),
    };

    private static PublicKey Message(PublicSigningKey key)
    {
        var message = new PublicKey { Version = key.Version, KeyId = key.Parameters.KeyId, Algorithm = key.Parameters.Algorithm, Active = key.IsActive };
        switch (key.Parameters)
        {
            case PublicKeyParameters.Rsa rsa:
                message.Modulus = ByteString.CopyFrom(rsa.Modulus);
                message.Exponent = ByteString.CopyFrom(rsa.Exponent);
                break;
            case PublicKeyParameters.P256 point:
                message.X = ByteString.CopyFrom(point.X);
                message.Y = ByteString.CopyFrom(point.Y);
                break;
        }

        return message;
    }

    // Not recorded: these are published to everybody, and nothing is decided about anybody.
    private async Task<IReadOnlyList<PublicSigningKey>> PublicKeysAsync(string keyring, ServerCallContext context)
    {
        await gate.RequireAsync(context, keyring, "read");
        return await signing.ListPublicKeysAsync(keyring, context.CancellationToken) switch
        {
            PublicKeysResult.Listed(var keys) => keys,
            PublicKeysResult.KeyringNotFound => throw KeyringGate.NotFound(keyring),
            PublicKeysResult.WrongAlgorithm => throw KeyringGate.WrongAlgorithm(keyring),
            _ => throw new UnreachableException(),
        };
    }
}
