using System.Diagnostics;
using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Answers calls that make, find and change keys: reads requests, lets the right actors pass, calls the rules, writes responses.</summary>
internal sealed class KeyLifeCalls(
    ApiKeyIssuer issuer,
    ApiKeyChanges changes,
    ApiKeyRotation rotation,
    KeyAccess access,
    KeyPages pages,
    ActorGate gate,
    Widening widening,
    AuditEvents events,
    TimeProvider clock)
{
    public async Task<CreateApiKeyResponse> CreateAsync(CreateApiKeyRequest request, ServerCallContext context)
    {
        var organization = request.OrganizationId.Length == 0 ? (Guid?)null : Guid.Parse(request.OrganizationId);
        var wanted = new NewApiKey(
            OwnerId: default,
            KeyFields.Name("name", request.Name),
            KeyFields.Scopes("scopes", request.Scopes),
            request.Lifetime?.ToTimeSpan())
        {
            OrganizationId = organization,
            Permissions = KeyFields.Permissions("permissions", request.Permissions),
            AllowedNetworks = KeyFields.Networks("allowed_networks", request.AllowedNetworks),
            RateLimit = KeyFields.RateLimit("rate_limit", request.RateLimit),
            Metadata = KeyFields.Metadata(request.Metadata),
        };

        var actor = await gate.RequireAsync(context, "api-keys", "create", StepUp.NotRequired, organization);
        var owner = Guid.Parse(request.OwnerId.Length == 0 ? actor.UserId : request.OwnerId);
        if (owner != Guid.Parse(actor.UserId))
        {
            // A key acts as its owner: whoever makes one for another can act as him.
            await gate.RequireAsync(context, Events.ResourceOfOwner(owner), "create", StepUp.Required);
        }

        if (widening.IsBeyondThePlatforms(wanted.RateLimit) && !await access.IsAdministratorAsync(context, actor, "api-keys"))
        {
            throw KeyRefusals.Wider("rate_limit");
        }

        var result = await issuer.IssueAsync(
            wanted with { OwnerId = owner }, actor.Scopes, events.Start(context, Events.KeyCreated), context.CancellationToken);

        return result switch
        {
            IssueResult.Issued(var key, var secret) => new() { ApiKey = Write(key), Secret = secret.Reveal() },
            IssueResult.LimitReached(var whose, var allowed) => throw KeyRefusals.LimitReached(whose, allowed),
            _ => throw new UnreachableException(),
        };
    }

    public async Task<GetApiKeyResponse> GetAsync(GetApiKeyRequest request, ServerCallContext context)
    {
        var id = IdOf(request.ApiKeyId);
        var found = await access.FindToReadAsync(context, id);
        return new() { ApiKey = Write(found.Key) };
    }

    public async Task<ListApiKeysResponse> ListAsync(ListApiKeysRequest request, ServerCallContext context)
    {
        if (request.Scope.Length > 0)
        {
            KeyFields.RequireKnown([request.Scope]);
        }

        var actor = await gate.IdentifyAsync(context);
        var own = Guid.Parse(actor.UserId);
        var organization = request.OrganizationId.Length == 0 ? (Guid?)null : Guid.Parse(request.OrganizationId);
        var owner = request.OwnerId.Length > 0 ? Guid.Parse(request.OwnerId) : organization is null ? own : (Guid?)null;

        var scope = RowScope.OfOwner(own);
        if (organization is { } asked && owner != own)
        {
            await gate.RequireAsync(context, "api-keys", "read", StepUp.NotRequired, asked);
            scope = RowScope.OfOrganization(asked);
        }
        else if (owner is { } another && another != own)
        {
            await gate.RequireAsync(context, Events.ResourceOfOwner(another), "read", StepUp.NotRequired);
            scope = RowScope.OfOwner(another);
        }
        else if (!KeyAccess.MayManageOwn(actor))
        {
            throw Refusal.Because(ErrorReason.PermissionDenied, "The token in use is narrowed to other things than API keys.", ("scope", Scopes.ManageKeys));
        }

        var filter = new KeyFilter(
            owner, organization, KeyMessages.Read(request.State), clock.GetUtcNow(), request.NamePrefix, request.ExpiresBefore?.ToDateTimeOffset(), request.Scope);
        var (keys, next) = await pages.ReadAsync(scope, filter, actor.UserId, request.PageSize, request.PageToken, context.CancellationToken);
        return new() { ApiKeys = { keys.Select(Write) }, NextPageToken = next };
    }

    public async Task<UpdateApiKeyResponse> UpdateAsync(UpdateApiKeyRequest request, ServerCallContext context)
    {
        var id = IdOf(request.ApiKeyId);
        var edit = EditOf(request);
        var found = await access.FindToChangeAsync(context, id, "update", Events.KeyUpdated);

        // Asked only where it matters: an owner who narrows is no administrator and needs no second factor.
        var mayWiden = widening.FirstField(found.Key, edit(found.Key)) is not null
            && await access.IsAdministratorAsync(context, found.Actor, Events.ResourceOf(id));

        var updated = await changes.UpdateAsync(found, edit, mayWiden, events.Start(context, Events.KeyUpdated), context.CancellationToken);
        return new() { ApiKey = Write(updated) };
    }

    public async Task<DisableApiKeyResponse> DisableAsync(DisableApiKeyRequest request, ServerCallContext context)
    {
        var id = IdOf(request.ApiKeyId);
        var found = await access.FindToChangeAsync(context, id, "update", Events.KeyDisabled);
        return new() { ApiKey = Write(await changes.DisableAsync(found, events.Start(context, Events.KeyDisabled), context.CancellationToken)) };
    }

    public async Task<EnableApiKeyResponse> EnableAsync(EnableApiKeyRequest request, ServerCallContext context)
    {
        var id = IdOf(request.ApiKeyId);
        var found = await access.FindToChangeAsync(context, id, "update", Events.KeyEnabled);
        var mayUndo = found.Key.DisabledBy is { } who && who != found.ActorId
            && await access.IsAdministratorAsync(context, found.Actor, Events.ResourceOf(id));
        return new() { ApiKey = Write(await changes.EnableAsync(found, mayUndo, events.Start(context, Events.KeyEnabled), context.CancellationToken)) };
    }

    public async Task<RotateApiKeyResponse> RotateAsync(RotateApiKeyRequest request, ServerCallContext context)
    {
        var id = IdOf(request.ApiKeyId);
        var found = await access.FindToRotateAsync(context, id);
        var (previous, successor, secret) = await rotation.RotateAsync(
            found,
            Guid.Parse(request.RequestId),
            request.Overlap?.ToTimeSpan() ?? TimeSpan.Zero,
            events.Start(context, Events.KeyRotated),
            events.Start(context, Events.KeyCreated),
            context.CancellationToken);
        return new() { Previous = Write(previous), ApiKey = Write(successor), Secret = secret?.Reveal() ?? "" };
    }

    private Func<ApiKeyRecord, ApiKeyRecord> EditOf(UpdateApiKeyRequest request)
    {
        var fields = request.UpdateMask.ToHashSet(StringComparer.Ordinal);
        if (fields.Count != request.UpdateMask.Count)
        {
            throw Refusal.InvalidField("update_mask", "must name each field once.");
        }

        // Everything is read before anything is done; what the mask does not name must not be there.
        var name = Named("name", request.Name.Length > 0) ? KeyFields.Name("name", request.Name) : "";
        var scopes = Named("scopes", request.Scopes.Count > 0) ? KeyFields.Scopes("scopes", request.Scopes) : [];
        var permissions = Named("permissions", request.Permissions.Count > 0) ? KeyFields.Permissions("permissions", request.Permissions) : [];
        var networks = Named("allowed_networks", request.AllowedNetworks.Count > 0) ? KeyFields.Networks("allowed_networks", request.AllowedNetworks) : [];
        var limit = Named("rate_limit", request.RateLimit is not null) ? KeyFields.RateLimit("rate_limit", request.RateLimit) : null;
        var metadata = Named("metadata", request.Metadata.Count > 0) ? KeyFields.Metadata(request.Metadata) : null;
        var expiresAt = Named("expires_at", request.ExpiresAt is not null) ? request.ExpiresAt?.ToDateTimeOffset() : null;
        KeyFields.RequireFuture("expires_at", expiresAt, clock.GetUtcNow());

        return key => key with
        {
            Name = fields.Contains("name") ? name : key.Name,
            Scopes = fields.Contains("scopes") ? scopes : key.Scopes,
            Permissions = fields.Contains("permissions") ? permissions : key.Permissions,
            ExpiresAt = fields.Contains("expires_at") ? expiresAt : key.ExpiresAt,
            AllowedNetworks = fields.Contains("allowed_networks") ? networks : key.AllowedNetworks,
            RateLimit = fields.Contains("rate_limit") ? limit : key.RateLimit,
            Metadata = fields.Contains("metadata") ? metadata! : key.Metadata,
        };

        bool Named(string field, bool isThere) =>
            fields.Contains(field) || (isThere ? throw Refusal.InvalidField(field, "is given and not named in update_mask.") : false);
    }

    private V1.ApiKey Write(ApiKeyRecord key) => KeyMessages.Write(key, clock.GetUtcNow());

    private static ApiKeyId IdOf(string id) => new(Guid.Parse(id));
}
