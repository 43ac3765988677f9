using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;
using Messages = McpSecure.Crypto.V1;

namespace McpSecure.Crypto;

/// <summary>Answers calls that manage keyrings.</summary>
internal sealed class KeyGrpcService(
    ActorGate gate,
    KeyringStore store,
    KeyringCreation creation,
    KeyRotation rotation,
    KeyringSettings settings,
    KeyDestruction destruction,
    KeyEncryptionKeyRotation hierarchy,
    KeyEncryptionKeyStore keyEncryptionKeys,
    RecordedDecisions decisions,
    AuditEvents events,
    ILogger<KeyGrpcService> logger)
    : KeyService.KeyServiceBase
{
    private const int DefaultPageSize = 100;

    public override Task<CreateKeyringResponse> CreateKeyring(CreateKeyringRequest request, ServerCallContext context)
    {
        const string Action = "crypto.keyring.created";
        var resource = $"keyrings/{request.Name}";
        return decisions.RunChangeAsync(context, Action, resource, async () =>
        {
            await gate.RequireAsync(context, resource, "create", StepUp.Required);
            var made = await creation.CreateAsync(
                request.Name, KeyringMessages.Algorithm(request.Algorithm), events.Start(context, Action).On(resource), context.CancellationToken);

            return made is not null
                ? new CreateKeyringResponse { Keyring = KeyringMessages.Message(made) }
                : throw Refusal.Because(ErrorReason.KeyringExists, "The name is taken.", ("keyring", request.Name));
        });
    }

    public override Task<RotateKeyringResponse> RotateKeyring(RotateKeyringRequest request, ServerCallContext context) =>
        ChangeAsync<RotateKeyringResponse>(
            context,
            request.Name,
            "rotate",
            "crypto.keyring.rotated",
            told => rotation.RotateAsync(request.Name, request.AtOnce, told, context.CancellationToken),
            keyring => new() { Keyring = keyring });

    public override Task<UpdateKeyringResponse> UpdateKeyring(UpdateKeyringRequest request, ServerCallContext context)
    {
        if (request.RotationPeriod is null && !request.HasMinDecryptionVersion)
        {
            throw Refusal.InvalidField("rotation_period", "or min_decryption_version is required.");
        }

        if (request.RotationPeriod is { Nanos: not 0 })
        {
            throw Refusal.InvalidField("rotation_period", "must be whole seconds.");
        }

        return ChangeAsync<UpdateKeyringResponse>(
            context,
            request.Name,
            "update",
            "crypto.keyring.updated",
            told => settings.UpdateAsync(
                request.Name,
                request.RotationPeriod?.ToTimeSpan(),
                request.HasMinDecryptionVersion ? request.MinDecryptionVersion : null,
                told,
                context.CancellationToken),
            keyring => new() { Keyring = keyring });
    }

    public override Task<DisableKeyVersionResponse> DisableKeyVersion(DisableKeyVersionRequest request, ServerCallContext context) =>
        ChangeAsync<DisableKeyVersionResponse>(
            context,
            request.Name,
            "disable",
            "crypto.key_version.disabled",
            told => settings.DisableAsync(request.Name, request.Version, told, context.CancellationToken),
            keyring => new() { Keyring = keyring });

    public override Task<EnableKeyVersionResponse> EnableKeyVersion(EnableKeyVersionRequest request, ServerCallContext context) =>
        ChangeAsync<EnableKeyVersionResponse>(
            context,
            request.Name,
            "enable",
            "crypto.key_version.enabled",
            told => settings.EnableAsync(request.Name, request.Version, told, context.CancellationToken),
            keyring => new() { Keyring = keyring });

    public override Task<ScheduleDestructionResponse> ScheduleDestruction(ScheduleDestructionRequest request, ServerCallContext context) =>
        ChangeAsync<ScheduleDestructionResponse>(
            context,
            request.Name,
            "destroy",
            request.HasVersion ? "crypto.key_version.destruction_scheduled" : "crypto.keyring.destruction_scheduled",
            told => destruction.ScheduleAsync(
                request.Name, request.HasVersion ? request.Version : null, request.Delay?.ToTimeSpan(), told, context.CancellationToken),
            keyring => new() { Keyring = keyring });

    public override Task<CancelDestructionResponse> CancelDestruction(CancelDestructionRequest request, ServerCallContext context) =>
        ChangeAsync<CancelDestructionResponse>(
            context,
            request.Name,
            "destroy",
            request.HasVersion ? "crypto.key_version.destruction_cancelled" : "crypto.keyring.destruction_cancelled",
            told => destruction.CancelAsync(request.Name, request.HasVersion ? request.Version : null, told, context.CancellationToken),
            keyring => new() { Keyring = keyring });

    public override Task<GetKeyringResponse> GetKeyring(GetKeyringRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.keyring.read", $"keyrings/{request.Name}", async ValueTask<(GetKeyringResponse, int?)> () =>
        {
            await gate.RequireAsync(context, $"keyrings/{request.Name}", "read", StepUp.NotRequired);
            var found = await store.FindAsync(request.Name, context.CancellationToken) ?? throw KeyringGate.NotFound(request.Name);

            return (new() { Keyring = KeyringMessages.Message(found.Description) }, null);
        });

    public override Task<ListKeyringsResponse> ListKeyrings(ListKeyringsRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.keyring.listed", "keyrings", async ValueTask<(ListKeyringsResponse, int?)> () =>
        {
            await gate.RequireAsync(context, "keyrings", "read", StepUp.NotRequired);
            var after = request.PageToken.Length == 0 ? "" : await LastOfPageAsync(request.PageToken, context.CancellationToken);
            var limit = request.PageSize == 0 ? DefaultPageSize : request.PageSize;
            var found = await store.ListAsync(after, limit + 1, context.CancellationToken);

            var response = new ListKeyringsResponse { Keyrings = { found.Take(limit).Select(keyring => KeyringMessages.Message(keyring.Description)) } };
            if (found.Count > limit)
            {
                response.NextPageToken = PageTokenOf(found[limit - 1].Description.Name);
            }

            return (response, null);
        });

    public override Task<RotateKeyEncryptionKeyResponse> RotateKeyEncryptionKey(RotateKeyEncryptionKeyRequest request, ServerCallContext context)
    {
        const string Action = "crypto.key_encryption_key.created";
        return decisions.RunChangeAsync(context, Action, "key-encryption-keys", async () =>
        {
            await gate.RequireAsync(context, "key-encryption-keys", "rotate", StepUp.Required);
            try
            {
                var made = await hierarchy.RotateAsync(events.Start(context, Action), context.CancellationToken)
                    ?? throw Refusal.Because(ErrorReason.KeyStateConflict, "A rotation is under way; wait until the key before is gone.");

                return new RotateKeyEncryptionKeyResponse { KeyEncryptionKey = KeyringMessages.Message(made, sealedKeys: 0) };
            }
            catch (RootKeyException e)
            {
                // The sentence is the operator's and may name his files.
                Log.RotationRefused(logger, e.Message);
                throw Refusal.Because(ErrorReason.DependencyUnavailable, "The root key cannot be used now; the service's log says why.");
            }
        });
    }

    public override Task<ListKeyEncryptionKeysResponse> ListKeyEncryptionKeys(ListKeyEncryptionKeysRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.key_encryption_key.listed", "key-encryption-keys", async ValueTask<(ListKeyEncryptionKeysResponse, int?)> () =>
        {
            await gate.RequireAsync(context, "key-encryption-keys", "read", StepUp.NotRequired);
            var counts = await keyEncryptionKeys.CountSealedAsync(context.CancellationToken);
            var stored = await keyEncryptionKeys.ListAsync(context.CancellationToken);

            return (new() { KeyEncryptionKeys = { stored.Select(key => KeyringMessages.Message(key, counts.GetValueOrDefault(key.Id))) } }, null);
        });

    // The name that the page before ended with. Names never go away, so a token that names none was not given here.
    private async Task<string> LastOfPageAsync(string token, CancellationToken cancellationToken)
    {
        var name = new byte[Base64Url.GetMaxDecodedLength(token.Length)];
        if (Base64Url.IsValid(token) && Base64Url.TryDecodeFromChars(token, name, out var length))
        {
            var after = Encoding.ASCII.GetString(name, 0, length);
            if (PageTokenOf(after) == token && !after.Contains('\0') && await store.FindAsync(after, cancellationToken) is not null)
            {
                return after;
            }
        }

        throw Refusal.Because(ErrorReason.PageTokenInvalid, "This page token was not given here.");
    }

    private static string PageTokenOf(string lastName) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(lastName));

    // Each change asks for the right to it with a second factor, is recorded however it ends, and answers the keyring after it.
    private Task<T> ChangeAsync<T>(
        ServerCallContext context,
        string name,
        string right,
        string action,
        Func<AuditEvent, Task<ChangeResult>> change,
        Func<Messages.Keyring, T> response)
    {
        var resource = $"keyrings/{name}";
        return decisions.RunChangeAsync(context, action, resource, async () =>
        {
            await gate.RequireAsync(context, resource, right, StepUp.Required);
            return await change(events.Start(context, action).On(resource)) switch
            {
                ChangeResult.Changed(var keyring) => response(KeyringMessages.Message(keyring)),
                ChangeResult.KeyringNotFound => throw KeyringGate.NotFound(name),
                ChangeResult.KeyringUnusable => throw KeyringGate.Unusable(name),
                ChangeResult.NotScheduled => throw Refusal.Because(
                    ErrorReason.KeyringUnusable, "The keyring is not scheduled for destruction.", ("keyring", name)),
                ChangeResult.VersionNotFound(var version) => throw Refusal.Because(
                    ErrorReason.KeyVersionNotFound, "The keyring has no version of this number.", ("keyring", name), ("version", version)),
                ChangeResult.StateConflict(var version) => throw Refusal.Because(
                    ErrorReason.KeyStateConflict,
                    version.DestroyAt is null ? "The state of the version does not allow this." : "The version waits for its destruction; call that off first.",
                    ("keyring", name),
                    ("version", version.Number),
                    ("state", StoredNames.Of(version.State))),
                ChangeResult.Protected(var why) => throw Refusal.Because(ErrorReason.KeyringProtected, why, ("keyring", name)),
                ChangeResult.Misfit(var field, var why) => throw Refusal.InvalidField(field, why),
                _ => throw new UnreachableException(),
            };
        });
    }
}
