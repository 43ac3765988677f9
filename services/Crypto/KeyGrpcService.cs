using System.Buffers.Text;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;
using Messages = McpSecure.Crypto.V1;

namespace McpSecure.Crypto;

/// <summary>Answers calls that manage keyrings.</summary>
internal sealed class KeyGrpcService(
    ActorGate gate, KeyringStore store, KeyringCreation creation, KeyRotation rotation, RecordedDecisions decisions, AuditEvents events)
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
                request.Name, Algorithm(request.Algorithm), events.Start(context, Action).On(resource), context.CancellationToken);

            return made is not null
                ? new CreateKeyringResponse { Keyring = Message(made) }
                : throw Refusal.Because(ErrorReason.KeyringExists, "The name is taken.", ("keyring", request.Name));
        });
    }

    public override Task<RotateKeyringResponse> RotateKeyring(RotateKeyringRequest request, ServerCallContext context)
    {
        const string Action = "crypto.keyring.rotated";
        var resource = $"keyrings/{request.Name}";
        return decisions.RunChangeAsync(context, Action, resource, async () =>
        {
            await gate.RequireAsync(context, resource, "rotate", StepUp.Required);
            var rotated = await rotation.RotateAsync(request.Name, events.Start(context, Action).On(resource), context.CancellationToken)
                ?? throw KeyringGate.NotFound(request.Name);

            return new RotateKeyringResponse { Keyring = Message(rotated) };
        });
    }

    public override Task<GetKeyringResponse> GetKeyring(GetKeyringRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.keyring.read", $"keyrings/{request.Name}", async ValueTask<(GetKeyringResponse, int?)> () =>
        {
            await gate.RequireAsync(context, $"keyrings/{request.Name}", "read", StepUp.NotRequired);
            var found = await store.FindAsync(request.Name, context.CancellationToken) ?? throw KeyringGate.NotFound(request.Name);

            return (new() { Keyring = Message(found.Description) }, null);
        });

    public override Task<ListKeyringsResponse> ListKeyrings(ListKeyringsRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.keyring.listed", "keyrings", async ValueTask<(ListKeyringsResponse, int?)> () =>
        {
            await gate.RequireAsync(context, "keyrings", "read", StepUp.NotRequired);
            var after = request.PageToken.Length == 0 ? "" : await LastOfPageAsync(request.PageToken, context.CancellationToken);
            var limit = request.PageSize == 0 ? DefaultPageSize : request.PageSize;
            var found = await store.ListAsync(after, limit + 1, context.CancellationToken);

            var response = new ListKeyringsResponse { Keyrings = { found.Take(limit).Select(keyring => Message(keyring.Description)) } };
            if (found.Count > limit)
            {
                response.NextPageToken = PageTokenOf(found[limit - 1].Description.Name);
            }

            return (response, null);
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

    private static KeyAlgorithm Algorithm(Messages.KeyAlgorithm algorithm) => algorithm switch
    {
        Messages.KeyAlgorithm.Xaes256Gcm => KeyAlgorithm.Xaes256Gcm,
        Messages.KeyAlgorithm.Rsa2048Sha256 => KeyAlgorithm.Rsa2048Sha256,
        Messages.KeyAlgorithm.Unspecified => throw Refusal.InvalidField("algorithm", "is required."),
    };

    private static Messages.Keyring Message(Keyring keyring) => new()
    {
        Name = keyring.Name,
        Algorithm = keyring.Algorithm switch
        {
            KeyAlgorithm.Xaes256Gcm => Messages.KeyAlgorithm.Xaes256Gcm,
            KeyAlgorithm.Rsa2048Sha256 => Messages.KeyAlgorithm.Rsa2048Sha256,
        },
        CreatedAt = keyring.CreatedAt.ToTimestamp(),
        ActiveVersion = keyring.Active.Number,
        Versions = { keyring.Versions.Select(Message) },
    };

    private static Messages.KeyVersion Message(KeyVersion version) => new()
    {
        Version = version.Number,
        State = version.State switch
        {
            KeyState.Pending => Messages.KeyState.Pending,
            KeyState.Active => Messages.KeyState.Active,
            KeyState.DecryptOnly => Messages.KeyState.DecryptOnly,
            KeyState.Disabled => Messages.KeyState.Disabled,
            KeyState.Destroyed => Messages.KeyState.Destroyed,
        },
        CreatedAt = version.CreatedAt.ToTimestamp(),
    };
}
