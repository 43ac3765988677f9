namespace McpSecure.ServiceDefaults;

/// <summary>Decides whether an actor may do an action on a resource: by asking Authorization, or, within it, by deciding itself.</summary>
public interface IPermissionChecker
{
    /// <summary>Returns whether it is allowed. Throws where no decision can be had; that denies too.</summary>
    Task<bool> IsAllowedAsync(Actor actor, WantedAccess wanted, CancellationToken cancellationToken);
}

/// <summary>Says what an actor wants to do.</summary>
/// <param name="Resource">On what.</param>
/// <param name="Action">What.</param>
/// <param name="Organization">In which organization; null: on the platform itself.</param>
/// <param name="SecondFactor">Whether his token shows a second factor within the step-up window.</param>
public sealed record WantedAccess(string Resource, string Action, Guid? Organization, bool SecondFactor);
