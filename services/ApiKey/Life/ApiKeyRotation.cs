using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.ApiKey;

/// <summary>What became of a rotation: the key, its successor and, the first time only, the successor's text.</summary>
internal sealed record RotationResult(ApiKeyRecord Previous, ApiKeyRecord Successor, ApiKeySecret? Secret);

/// <summary>
/// Gives keys successors that may do the same, until the same time. Of several rotations at once one wins, since a key has one successor; the same
/// request again finds it.
/// </summary>
internal sealed class ApiKeyRotation(
    IApiKeyStore store, ApiKeyReader keys, PepperSource pepper, KeyPrefixes prefixes, SecretHasher hasher, IOptions<ApiKeyOptions> options, TimeProvider clock)
{
    private readonly KeyLimits limits = new(options.Value.LiveKeysPerOwner, options.Value.LiveKeysPerOrganization);

    /// <param name="found">The key.</param>
    /// <param name="requestId">The request, as its caller names it.</param>
    /// <param name="overlap">For how long the key goes on working, if its own expiry does not come first.</param>
    /// <param name="started">The audit event of the key, started.</param>
    /// <param name="creation">The audit event of its successor, started.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="Refusal">API_KEY_ROTATED, API_KEY_STATE_CONFLICT, API_KEY_LIMIT_REACHED, GRANT_EXCEEDS_GRANTOR, API_KEY_NOT_FOUND, BUSY.</exception>
    public async Task<RotationResult> RotateAsync(
        AccessibleKey found, Guid requestId, TimeSpan overlap, AuditEvent started, AuditEvent creation, CancellationToken cancellationToken)
    {
        // Whoever may rotate gets a secret for all that the key may do.
        Grants.RequireWithin(found.Actor.Scopes, found.Key.Scopes);
        var now = clock.GetUtcNow();

        // Looked at before the costly part; decided where nobody else changes it.
        if (found.Key.SuccessorId is not null)
        {
            return await RepeatAsync(found.Key, requestId, cancellationToken);
        }

        RequireEnabled(found.Key);
        var id = ApiKeyId.New(now);
        var secret = ApiKeySecret.New(prefixes.Current, id, pepper.Current);
        var hash = await hasher.HashAsync(secret.Body, cancellationToken);

        var result = await store.SucceedAsync(found.Scope, found.Key, limits, now, Succeed, cancellationToken);
        switch (result)
        {
            case SuccessionResult.Succeeded(var previous, var successor):
                await keys.ForgetAsync(previous.Id);
                return new(previous, successor, secret);
            case SuccessionResult.Left(var previous):
                return await RepeatAsync(previous, requestId, cancellationToken);
            case SuccessionResult.Full:
                throw KeyRefusals.LimitReached("owner or organization", 2 * limits.PerOwner);
            default:
                throw KeyRefusals.NotFound();
        }

        KeySuccession? Succeed(ApiKeyRecord key)
        {
            if (key.SuccessorId is not null)
            {
                return null;
            }

            RequireEnabled(key);
            Grants.RequireWithin(found.Actor.Scopes, key.Scopes);
            var end = now + overlap;
            var previous = key with { SuccessorId = id, RotationId = requestId, ExpiresAt = key.ExpiresAt < end ? key.ExpiresAt : end };
            var successor = key with { Id = id, SecretHash = hash, CreatedAt = now, Prefix = prefixes.Current };
            return new(previous, successor, Events.Describe(started, key, previous), Events.Describe(creation, successor).With("predecessor_id", $"{key.Id}"));
        }
    }

    private async Task<RotationResult> RepeatAsync(ApiKeyRecord previous, Guid requestId, CancellationToken cancellationToken)
    {
        var successor = previous.SuccessorId!.Value;
        return previous.RotationId == requestId && await store.FindAsync(successor, cancellationToken) is { } there
            ? new(previous, there, Secret: null)
            : throw KeyRefusals.Rotated(successor);
    }

    private void RequireEnabled(ApiKeyRecord key)
    {
        if (key.StateAt(clock.GetUtcNow()) is not KeyState.Enabled and var state)
        {
            throw KeyRefusals.StateConflict(state);
        }
    }
}
