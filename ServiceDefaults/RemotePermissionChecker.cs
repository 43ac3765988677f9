using McpSecure.Authorization.V1;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Asks Authorization on each call.</summary>
internal sealed class RemotePermissionChecker(AuthorizationService.AuthorizationServiceClient authorization) : IPermissionChecker
{
    public async Task<AccessDecision> DecideAsync(Actor actor, WantedAccess wanted, CancellationToken cancellationToken)
    {
        var question = new PermissionQuestion
        {
            Principal = new Principal { Type = PrincipalType.User, Id = actor.UserId },
            Resource = wanted.Resource,
            Action = wanted.Action,
            Scopes = { actor.Scopes },
            OrganizationId = wanted.Organization?.ToString() ?? "",
            SecondFactor = wanted.SecondFactor,
        };
        var answer = await authorization.CheckPermissionAsync(new CheckPermissionRequest { Question = question }, cancellationToken: cancellationToken);
        return (answer.Allowed, answer.Reason) switch
        {
            (true, _) => AccessDecision.Allowed,
            (false, DecisionReason.SecondFactor) => AccessDecision.SecondFactorMissing,
            (false, _) => AccessDecision.Denied,
        };
    }
}
