namespace McpSecure.ServiceDefaults;

/// <summary>Decides whether an actor may do an action on a resource: by asking Authorization, or, within it, by deciding itself.</summary>
public interface IPermissionChecker
{
    /// <summary>Decides. Throws where no decision can be had; that denies too.</summary>
    Task<AccessDecision> DecideAsync(Actor actor, WantedAccess wanted, CancellationToken cancellationToken);
}

/// <summary>Says how it was decided what an actor wants to do.</summary>
public enum AccessDecision
{
    /// <summary>He may not.</summary>
    Denied,

    /// <summary>He may.</summary>
    Allowed,

    /// <summary>He may not now: nothing but a recent second factor is missing.</summary>
    SecondFactorMissing,
}

/// <summary>Says what an actor wants to do.</summary>
/// <param name="Resource">On what.</param>
/// <param name="Action">What.</param>
/// <param name="Organization">In which organization; null: on the platform itself.</param>
/// <param name="SecondFactor">Whether his token shows a second factor within the step-up window.</param>
public sealed record WantedAccess(string Resource, string Action, Guid? Organization, bool SecondFactor);
