using McpSecure.Audit.V1;

namespace McpSecure.ApiKey;

/// <summary>Ends keys: when the answer is given, every replica that is connected to the invalidation channel has been told.</summary>
internal sealed class ApiKeyRevocation(IApiKeyStore store, ApiKeyReader keys, TimeProvider clock)
{
    /// <summary>Revokes a key; one that is revoked already stays as it is.</summary>
    public async Task<ApiKeyRecord> RevokeAsync(ApiKeyRecord key, AuditEvent started, CancellationToken cancellationToken)
    {
        var (revoked, isNew) = await store.RevokeAsync(key.Id, clock.GetUtcNow(), Events.Describe(started, key), cancellationToken)
            ?? throw new InvalidOperationException("A key that was found is gone, though keys are never deleted.");
        if (isNew)
        {
            await keys.ForgetAsync(key.Id);
        }

        return revoked;
    }
}
