using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Answers API key calls: reads requests, calls the issuer, the verifier or the revocation, writes responses.</summary>
internal sealed class ApiKeyGrpcService(
    ApiKeyIssuer issuer,
    KeyValidationCalls validation,
    ApiKeyRevocation revocation,
    KeyAccess access,
    KeyPages pages,
    ActorGate gate,
    AuditEvents events,
    DecisionTrail trail) : ApiKeyService.ApiKeyServiceBase
{
    public override async Task<CreateApiKeyResponse> CreateApiKey(CreateApiKeyRequest request, ServerCallContext context)
    {
        RequireKnown(request.Scopes);
        if (request.Scopes.Distinct().Count() != request.Scopes.Count)
        {
            throw Refusal.InvalidField("scopes", "must name each scope once.");
        }

        var actor = await gate.RequireAsync(context, "api-keys", "create", StepUp.NotRequired);
        var wanted = new NewApiKey(Guid.Parse(actor.UserId), request.Name, [.. request.Scopes], request.Lifetime?.ToTimeSpan());

        var result = await issuer.IssueAsync(wanted, actor.Scopes, events.Start(context, Events.KeyCreated), context.CancellationToken);

        return result switch
        {
            IssueResult.Issued(var key, var secret) => new() { ApiKey = Write(key), Secret = secret.Reveal() },
            IssueResult.LimitReached(var allowed) => throw Refusal.Because(
                ErrorReason.ApiKeyLimitReached, "The owner holds the most keys allowed: revoke one first.", ("live_keys_allowed", allowed)),
            IssueResult.BeyondToken(var scope) => throw Refusal.Because(
                ErrorReason.GrantExceedsGrantor, "The token in use is narrowed to less than this key would be.", ("scope", scope)),
            _ => throw new UnreachableException(),
        };
    }

    public override Task<ValidateApiKeyResponse> ValidateApiKey(ValidateApiKeyRequest request, ServerCallContext context) =>
        validation.AnswerAsync(request, context);

    public override async Task<RevokeApiKeyResponse> RevokeApiKey(RevokeApiKeyRequest request, ServerCallContext context)
    {
        var id = new ApiKeyId(Guid.Parse(request.ApiKeyId));

        if (await access.FindAsync(context, id, "delete") is not { } found)
        {
            trail.Record(events.Start(context, Events.KeyRevoked).On(Events.ResourceOf(id)).Denied(ErrorReason.ApiKeyNotFound));
            throw Refusal.Because(ErrorReason.ApiKeyNotFound, "You have no such API key.");
        }

        return new() { ApiKey = Write(await revocation.RevokeAsync(found.Scope, id, events.Start(context, Events.KeyRevoked), context.CancellationToken)) };
    }

    public override async Task<ListApiKeysResponse> ListApiKeys(ListApiKeysRequest request, ServerCallContext context)
    {
        var actor = await gate.IdentifyAsync(context);
        if (!KeyAccess.MayManageOwn(actor))
        {
            throw Refusal.Because(ErrorReason.PermissionDenied, "The token in use is narrowed to other things than API keys.", ("scope", Scopes.ManageKeys));
        }

        var (keys, next) = await pages.ReadAsync(Guid.Parse(actor.UserId), request.PageSize, request.PageToken, context.CancellationToken);
        return new() { ApiKeys = { keys.Select(Write) }, NextPageToken = next };
    }

    private static void RequireKnown(IEnumerable<string> scopes)
    {
        if (Scopes.FirstUnknown(scopes) is { } unknown)
        {
            throw Refusal.Because(ErrorReason.ScopeUnknown, "There is no such scope.", ("scope", unknown));
        }
    }

    private static V1.ApiKey Write(ApiKeyRecord key) => new()
    {
        ApiKeyId = key.Id.ToString(),
        Name = key.Name,
        OwnerId = key.OwnerId.ToString(),
        Scopes = { key.Scopes },
        CreatedAt = key.CreatedAt.ToTimestamp(),
        ExpiresAt = key.ExpiresAt?.ToTimestamp(),
        RevokedAt = key.RevokedAt?.ToTimestamp(),
        DisplayPrefix = ApiKeyFormat.DisplayPrefix(key.Prefix, key.Id),
    };
}
