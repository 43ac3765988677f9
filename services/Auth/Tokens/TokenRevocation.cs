using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Auth;

/// <summary>Ends tokens before their time, and tells every replica.</summary>
internal sealed class TokenRevocation(TokenStore store, InvalidationChannel invalidation, TimeProvider clock)
{
    /// <summary>Ends a token. Returns false where it has ended already. When it returns true, every replica has been told.</summary>
    public async Task<bool> RevokeAsync(AccessToken token, CallOrigin origin, CancellationToken cancellationToken)
    {
        var auditEvent = origin.StartEvent("auth.token.revoked")
            .By(PrincipalType.User, token.UserId.ToString(), token.Username)
            .On($"tokens/{token.TokenId}")
            .With("session_id", token.SessionId.ToString());
        if (!await store.TryRevokeAsync(token, clock.GetUtcNow(), auditEvent, cancellationToken))
        {
            return false;
        }

        // After the commit, or a replica could read the old state once more and keep it.
        await invalidation.PublishAsync(TokenVerifier.Topic, token.TokenId.ToString());
        return true;
    }
}
