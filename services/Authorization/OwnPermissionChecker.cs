using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Decides for the gate of this service, by the same function and with the same record as for everybody else.</summary>
internal sealed class OwnPermissionChecker(PermissionDecider decider, AuditEvents events) : IPermissionChecker
{
    public async Task<bool> IsAllowedAsync(Actor actor, string resource, string action, CancellationToken cancellationToken)
    {
        var started = events.Start(Events.PermissionChecked).By(actor);
        return await decider.CheckAsync(actor.Principal(), new Question(resource, action, actor.Scopes), started, cancellationToken);
    }
}
