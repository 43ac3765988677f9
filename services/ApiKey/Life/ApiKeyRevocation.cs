using McpSecure.Audit.V1;

namespace McpSecure.ApiKey;

/// <summary>Ends keys: when the answer is given, every replica that is connected to the invalidation channel has been told.</summary>
internal sealed class ApiKeyRevocation(IApiKeyStore store, ApiKeyReader keys, TimeProvider clock)
{
    /// <summary>Revokes a key; one that is revoked already stays as it is.</summary>
    public async Task<ApiKeyRecord> RevokeAsync(RowScope scope, ApiKeyId id, AuditEvent started, CancellationToken cancellationToken)
    {
        var (before, after) = await store.ChangeAsync(scope, id, Revoke, cancellationToken)
            ?? throw new InvalidOperationException("A key that was found is gone, though keys are never deleted.");
        if (before.RevokedAt is null)
        {
            await keys.ForgetAsync(id);
        }

        return after;

        KeyChange? Revoke(ApiKeyRecord key) =>
            key.RevokedAt is null ? new(key with { RevokedAt = clock.GetUtcNow() }, Events.Describe(started, key)) : null;
    }
}
