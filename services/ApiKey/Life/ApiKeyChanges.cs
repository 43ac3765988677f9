using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Changes keys that live: when the answer is given, every replica that is connected to the invalidation channel has been told.</summary>
internal sealed class ApiKeyChanges(IApiKeyStore store, ApiKeyReader keys, Widening widening, TimeProvider clock)
{
    /// <summary>Changes what a key may do and what it is called.</summary>
    /// <param name="found">The key.</param>
    /// <param name="edit">Makes of the key what it shall be.</param>
    /// <param name="mayWiden">Whether it may become able to do more; no scope is given that the actor's token has not.</param>
    /// <param name="started">The audit event, started.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="Refusal">GRANT_EXCEEDS_GRANTOR, API_KEY_STATE_CONFLICT, API_KEY_NOT_FOUND.</exception>
    public Task<ApiKeyRecord> UpdateAsync(
        AccessibleKey found, Func<ApiKeyRecord, ApiKeyRecord> edit, bool mayWiden, AuditEvent started, CancellationToken cancellationToken)
    {
        return ChangeAsync(found, started, Update, cancellationToken);

        ApiKeyRecord Update(ApiKeyRecord key)
        {
            RequireState(key, KeyState.Enabled, KeyState.Disabled);
            if (key.SuccessorId is not null)
            {
                throw KeyRefusals.StateConflict(KeyState.Rotated); // its end is settled, disabled or not
            }

            var next = edit(key);
            if (!mayWiden && widening.FirstField(key, next) is { } field)
            {
                throw KeyRefusals.Wider(field);
            }

            Grants.RequireWithin(found.Actor.Scopes, next.Scopes.Except(key.Scopes));
            return next;
        }
    }

    /// <summary>Disables a key, also one that is disabled: then whoever may do more keeps him from enabling it who disabled it before.</summary>
    /// <exception cref="Refusal">API_KEY_STATE_CONFLICT, API_KEY_NOT_FOUND.</exception>
    public Task<ApiKeyRecord> DisableAsync(AccessibleKey found, AuditEvent started, CancellationToken cancellationToken)
    {
        return ChangeAsync(found, started, Disable, cancellationToken);

        ApiKeyRecord Disable(ApiKeyRecord key)
        {
            RequireState(key, KeyState.Enabled, KeyState.Disabled, KeyState.Rotated);
            var outranks = found.Scope.IsAdministrator || (key.DisabledBy == key.OwnerId && !found.IsOwner);
            return key.DisabledBy is null || (outranks && key.DisabledBy != found.ActorId)
                ? key with { DisabledAt = key.DisabledAt ?? clock.GetUtcNow(), DisabledBy = found.ActorId }
                : key;
        }
    }

    /// <summary>Enables a key that the actor disabled himself, or any, where he <paramref name="mayUndo"/> what others did.</summary>
    /// <exception cref="Refusal">PERMISSION_DENIED, API_KEY_STATE_CONFLICT, API_KEY_NOT_FOUND.</exception>
    public Task<ApiKeyRecord> EnableAsync(AccessibleKey found, bool mayUndo, AuditEvent started, CancellationToken cancellationToken)
    {
        return ChangeAsync(found, started, Enable, cancellationToken);

        ApiKeyRecord Enable(ApiKeyRecord key)
        {
            RequireState(key, KeyState.Enabled, KeyState.Disabled);
            if (key.DisabledBy is { } who && who != found.ActorId && !mayUndo)
            {
                throw Refusal.Because(ErrorReason.PermissionDenied, "Somebody else disabled this key.");
            }

            return key with { DisabledAt = null, DisabledBy = null };
        }
    }

    private async Task<ApiKeyRecord> ChangeAsync(
        AccessibleKey found, AuditEvent started, Func<ApiKeyRecord, ApiKeyRecord> change, CancellationToken cancellationToken)
    {
        var (before, after) = await store.ChangeAsync(found.Scope, found.Key.Id, Change, cancellationToken) ?? throw KeyRefusals.NotFound();
        if (before != after)
        {
            await keys.ForgetAsync(found.Key.Id);
        }

        return after;

        KeyChange? Change(ApiKeyRecord key)
        {
            var next = change(key);
            return KeyDifferences.Between(key, next).Count == 0 ? null : new(next, Events.Describe(started, key, next));
        }
    }

    private void RequireState(ApiKeyRecord key, params ReadOnlySpan<KeyState> allowed)
    {
        var state = key.StateAt(clock.GetUtcNow());
        if (!allowed.Contains(state))
        {
            throw KeyRefusals.StateConflict(state);
        }
    }
}
