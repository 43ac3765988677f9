using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>A key that an actor may do something to.</summary>
/// <param name="Key">The key as it was found.</param>
/// <param name="Scope">The rows that he does it in.</param>
/// <param name="Actor">He.</param>
/// <param name="IsOwner">Whether it is his own.</param>
internal sealed record AccessibleKey(ApiKeyRecord Key, RowScope Scope, Actor Actor, bool IsOwner)
{
    public Guid ActorId => Guid.Parse(Actor.UserId);
}

/// <summary>
/// Knows who may do what to a key: its owner; whoever Authorization lets on the platform, or in the key's organization. To others, a key that is there
/// and one that is not are found out by the same steps and read the same, so that nobody learns which ids there are; each such refusal is recorded.
/// </summary>
internal sealed class KeyAccess(ActorGate gate, IApiKeyStore store, AuditEvents events, DecisionTrail trail)
{
    /// <summary>Finds the key that the actor of a call may read.</summary>
    /// <exception cref="Refusal">API_KEY_NOT_FOUND: there is none for him.</exception>
    public async Task<AccessibleKey> FindToReadAsync(ServerCallContext context, ApiKeyId id) =>
        await FindAsync(context, id, "read") ?? throw Refuse(context, id, Events.KeyRead);

    /// <summary>Finds the key that the actor of a call may change or end.</summary>
    /// <param name="context">The call.</param>
    /// <param name="id">The key.</param>
    /// <param name="action">What he must be allowed.</param>
    /// <param name="told">What his attempt is called in the audit log.</param>
    /// <exception cref="Refusal">API_KEY_NOT_FOUND; STEP_UP_REQUIRED: it is not his own, he may, and gave no second factor recently.</exception>
    public async Task<AccessibleKey> FindToChangeAsync(ServerCallContext context, ApiKeyId id, string action, string told)
    {
        var found = await FindAsync(context, id, action) ?? throw Refuse(context, id, told);
        if (!found.IsOwner)
        {
            gate.RequireSecondFactor(context, found.Actor, Events.ResourceOf(id), action);
        }

        return found;
    }

    /// <summary>Finds the key that the actor of a call may rotate: his own, or that of an owner for whom he may make keys.</summary>
    /// <exception cref="Refusal">As for <see cref="FindToChangeAsync"/>.</exception>
    public async Task<AccessibleKey> FindToRotateAsync(ServerCallContext context, ApiKeyId id)
    {
        var (actor, key) = await LookAsync(context, id);
        if (key is not null && Owns(actor, key))
        {
            return new(key, RowScope.OfOwner(key.OwnerId, key.OrganizationId), actor, IsOwner: true);
        }

        var resource = Events.ResourceOfOwner(key?.OwnerId ?? id.Value);
        if (!await gate.MayAsync(actor, resource, "create", organization: null, context.CancellationToken) || key is null)
        {
            throw Refuse(context, id, Events.KeyRotated);
        }

        gate.RequireSecondFactor(context, actor, resource, "create");
        return new(key, RowScope.OfOwner(key.OwnerId, key.OrganizationId), actor, IsOwner: false);
    }

    /// <summary>Tells whether an actor may change a key, or keys (<c>api-keys</c>), as an administrator does: make them wider, undo what others did.</summary>
    /// <exception cref="Refusal">STEP_UP_REQUIRED: he may, and gave no second factor recently.</exception>
    public async Task<bool> IsAdministratorAsync(ServerCallContext context, Actor actor, string resource)
    {
        if (!await gate.MayAsync(actor, resource, "update", organization: null, context.CancellationToken))
        {
            return false;
        }

        gate.RequireSecondFactor(context, actor, resource, "update");
        return true;
    }

    /// <summary>Tells whether a token lets its user manage keys of his own: a token narrowed to something else does not.</summary>
    public static bool MayManageOwn(Actor actor) => actor.Scopes.Count == 0 || actor.Scopes.Contains(Scopes.ManageKeys);

    private async Task<AccessibleKey?> FindAsync(ServerCallContext context, ApiKeyId id, string action)
    {
        var (actor, key) = await LookAsync(context, id);
        if (key is not null && Owns(actor, key))
        {
            return new(key, RowScope.OfOwner(key.OwnerId), actor, IsOwner: true);
        }

        // Both are asked always. Where there is no organization, the key's id stands for one: there is none of that id.
        var onPlatform = await gate.MayAsync(actor, Events.ResourceOf(id), action, organization: null, context.CancellationToken);
        var inOrganization = await gate.MayAsync(actor, Events.ResourceOf(id), action, key?.OrganizationId ?? id.Value, context.CancellationToken);
        return key switch
        {
            null => null,
            _ when onPlatform => new(key, RowScope.Administrator, actor, IsOwner: false),
            { OrganizationId: { } organization } when inOrganization => new(key, RowScope.OfOrganization(organization), actor, IsOwner: false),
            _ => null,
        };
    }

    private Refusal Refuse(ServerCallContext context, ApiKeyId id, string told)
    {
        trail.Record(events.Start(context, told).On(Events.ResourceOf(id)).Denied(ErrorReason.ApiKeyNotFound));
        return KeyRefusals.NotFound();
    }

    private async Task<(Actor Actor, ApiKeyRecord? Key)> LookAsync(ServerCallContext context, ApiKeyId id) =>
        (await gate.IdentifyAsync(context), await store.FindAsync(id, context.CancellationToken));

    private static bool Owns(Actor actor, ApiKeyRecord key) => MayManageOwn(actor) && Guid.Parse(actor.UserId) == key.OwnerId;
}
