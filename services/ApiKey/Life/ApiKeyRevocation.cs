using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Ends keys: when the answer is given, every replica that is connected to the invalidation channel has been told.</summary>
internal sealed class ApiKeyRevocation(IApiKeyStore store, ApiKeyReader keys, TimeProvider clock)
{
    private const int FewEnoughToName = 100;

    /// <summary>Revokes a key; one that is revoked already stays as it is, and its event is not kept.</summary>
    /// <exception cref="Refusal">API_KEY_NOT_FOUND.</exception>
    public async Task<(ApiKeyRecord Key, bool IsNew)> RevokeAsync(RowScope scope, ApiKeyId id, AuditEvent started, CancellationToken cancellationToken)
    {
        var (before, after) = await store.ChangeAsync(scope, id, Revoke, cancellationToken) ?? throw KeyRefusals.NotFound();
        if (before.RevokedAt is not null)
        {
            return (after, false);
        }

        await keys.ForgetAsync(id);
        return (after, true);

        KeyChange? Revoke(ApiKeyRecord key)
        {
            var next = key with { RevokedAt = clock.GetUtcNow() };
            return key.RevokedAt is null ? new(next, Events.Describe(started, key, next)) : null;
        }
    }

    /// <summary>Revokes all keys of an owner or an organization that are not revoked yet, and returns how many those were.</summary>
    /// <param name="scope">Whose.</param>
    /// <param name="start">Starts the event of one key.</param>
    /// <param name="summary">The event of all of them, started.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<int> RevokeAllAsync(RowScope scope, Func<AuditEvent> start, AuditEvent summary, CancellationToken cancellationToken)
    {
        var revoked = await store.RevokeAllAsync(
            scope,
            clock.GetUtcNow(),
            key => Events.Describe(start(), key with { RevokedAt = null }, key),
            ended => summary.With("revoked", $"{ended.Count}"),
            cancellationToken);

        if (revoked.Count > FewEnoughToName)
        {
            await keys.ForgetAllAsync();
        }
        else
        {
            await Task.WhenAll(revoked.Select(key => keys.ForgetAsync(key.Id)));
        }

        return revoked.Count;
    }
}
