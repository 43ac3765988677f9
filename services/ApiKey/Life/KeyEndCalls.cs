using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Answers calls that end keys: lets the right actors pass, calls the revocation, writes responses.</summary>
internal sealed class KeyEndCalls(
    ApiKeyRevocation revocation, KeyProof proof, KeyAccess access, ActorGate gate, AuditEvents events, DecisionTrail trail, TimeProvider clock)
{
    public async Task<RevokeApiKeyResponse> RevokeAsync(RevokeApiKeyRequest request, ServerCallContext context)
    {
        var found = await FindAsync(request.ApiKeyId, Events.KeyRevoked, context);
        var (key, _) = await revocation.RevokeAsync(found.Scope, found.Key.Id, events.Start(context, Events.KeyRevoked), context.CancellationToken);
        return new() { ApiKey = KeyMessages.Write(key, clock.GetUtcNow()) };
    }

    public async Task<RevokeOwnerKeysResponse> RevokeOwnerAsync(RevokeOwnerKeysRequest request, ServerCallContext context)
    {
        var owner = Guid.Parse(request.OwnerId);
        var actor = await gate.IdentifyAsync(context);
        var resource = Events.ResourceOfOwner(owner);
        if (owner != Guid.Parse(actor.UserId))
        {
            await gate.RequireAsync(context, resource, "delete", StepUp.Required);
        }
        else if (!KeyAccess.MayManageOwn(actor))
        {
            throw Refusal.Because(ErrorReason.PermissionDenied, "The token in use is narrowed to other things than API keys.", ("scope", Scopes.ManageKeys));
        }

        return new() { Revoked = await RevokeAllAsync(RowScope.OfOwner(owner), events.Start(context, Events.AllKeysRevoked).On(resource), context) };
    }

    public async Task<RevokeOrganizationKeysResponse> RevokeOrganizationAsync(RevokeOrganizationKeysRequest request, ServerCallContext context)
    {
        var organization = Guid.Parse(request.OrganizationId);
        await gate.RequireAsync(context, "api-keys", "delete", StepUp.Required, organization);
        var summary = events.Start(context, Events.AllKeysRevoked).On("api-keys").In(request.OrganizationId);
        return new() { Revoked = await RevokeAllAsync(RowScope.OfOrganization(organization), summary, context) };
    }

    public async Task<ReportLeakedKeyResponse> ReportAsync(ReportLeakedKeyRequest request, ServerCallContext context)
    {
        var (id, scope) = request.KeyCase == ReportLeakedKeyRequest.KeyOneofCase.Secret
            ? await ProveAsync(request.Secret, context)
            : await FindAsync(request.ApiKeyId, Events.KeyLeaked, context) is var found ? (found.Key.Id, found.Scope) : default;

        var told = events.Start(context, Events.KeyLeaked).At(Severity.Critical).On(Events.ResourceOf(id))
            .With("reported_by", request.KeyCase == ReportLeakedKeyRequest.KeyOneofCase.Secret ? "secret" : "id");
        if (request.FoundAt.Length > 0)
        {
            told.With("found_at", request.FoundAt);
        }

        var (key, isNew) = await revocation.RevokeAsync(scope, id, told, context.CancellationToken);
        if (!isNew)
        {
            // The key could do nothing any more; that its secret is about is worth knowing all the same.
            trail.Record(told.With("already_revoked", "true").With("owner_id", $"{key.OwnerId}"));
        }

        return new() { ApiKeyId = id.ToString(), RevokedAt = key.RevokedAt?.ToTimestamp() };
    }

    // Whoever has the secret could use the key; that he can end it takes nothing from its owner that he had.
    private async Task<(ApiKeyId Id, RowScope Scope)> ProveAsync(string secret, ServerCallContext context)
    {
        var (key, why, claimed) = await proof.ProveAsync(secret, context.CancellationToken);
        if (key is not null)
        {
            return (key.Record.Id, RowScope.OfKey(key.Record.Id));
        }

        var refused = events.Start(context, Events.KeyLeaked).Denied(Events.NameOf(why));
        trail.Record(claimed is { } id ? refused.On(Events.ResourceOf(id)) : refused);
        throw Refusal.Because(ErrorReason.ApiKeyInvalid, "The API key is not valid.");
    }

    private Task<AccessibleKey> FindAsync(string apiKeyId, string told, ServerCallContext context) =>
        access.FindToChangeAsync(context, new ApiKeyId(Guid.Parse(apiKeyId)), "delete", told);

    private Task<int> RevokeAllAsync(RowScope scope, AuditEvent summary, ServerCallContext context) =>
        revocation.RevokeAllAsync(scope, () => events.Start(context, Events.KeyRevoked), summary.At(Severity.Warning), context.CancellationToken);
}
