namespace McpSecure.ServiceDefaults;

/// <summary>Decides whether an actor may do an action on a resource: by asking Authorization, or, within it, by deciding itself.</summary>
public interface IPermissionChecker
{
    /// <summary>Returns whether it is allowed. Throws where no decision can be had; that denies too.</summary>
    Task<bool> IsAllowedAsync(Actor actor, string resource, string action, CancellationToken cancellationToken);
}
