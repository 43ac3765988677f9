using Grpc.Core;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>A key that an actor may do something to, and the scope that he does it in.</summary>
internal sealed record AccessibleKey(ApiKeyRecord Key, RowScope Scope);

/// <summary>Knows who may do something to a key: its owner, or whoever Authorization lets.</summary>
internal sealed class KeyAccess(ActorGate gate, IApiKeyStore store)
{
    /// <summary>
    /// Finds the key that the actor of a call may do something to; null where there is none or he may not. Both are found out by the same
    /// steps, so that nobody learns which ids there are.
    /// </summary>
    public async Task<AccessibleKey?> FindAsync(ServerCallContext context, ApiKeyId id, string action)
    {
        var actor = await gate.IdentifyAsync(context);
        var key = await store.FindAsync(id, context.CancellationToken);
        if (key is not null && Owns(actor, key))
        {
            return new(key, RowScope.OfOwner(key.OwnerId));
        }

        return await gate.MayAsync(actor, Events.ResourceOf(id), action, organization: null, context.CancellationToken) && key is not null
            ? new(key, RowScope.Administrator)
            : null;
    }

    /// <summary>Tells whether a token lets its user manage keys of his own: a token narrowed to something else does not.</summary>
    public static bool MayManageOwn(Actor actor) => actor.Scopes.Count == 0 || actor.Scopes.Contains(Scopes.ManageKeys);

    private static bool Owns(Actor actor, ApiKeyRecord key) => MayManageOwn(actor) && Guid.Parse(actor.UserId) == key.OwnerId;
}
