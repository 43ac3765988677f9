using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Decides for the gate of this service, by the same function and with the same record as for everybody else.</summary>
internal sealed class OwnPermissionChecker(PermissionDecider decider, AuditEvents events) : IPermissionChecker
{
    public async Task<AccessDecision> DecideAsync(Actor actor, WantedAccess wanted, CancellationToken cancellationToken)
    {
        var started = events.Start(Events.PermissionChecked).By(actor);
        var question = new Question(wanted.Resource, wanted.Action, actor.Scopes) { Organization = wanted.Organization, SecondFactor = wanted.SecondFactor };
        return await decider.CheckAsync(actor.Principal(), question, started, cancellationToken) switch
        {
            { Allowed: true } => AccessDecision.Allowed,
            { By: DecidedBy.SecondFactor } => AccessDecision.SecondFactorMissing,
            _ => AccessDecision.Denied,
        };
    }
}
