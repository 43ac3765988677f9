using McpSecure.Authorization.V1;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Asks Authorization on each call.</summary>
internal sealed class RemotePermissionChecker(AuthorizationService.AuthorizationServiceClient authorization) : IPermissionChecker
{
    public async Task<bool> IsAllowedAsync(Actor actor, string resource, string action, CancellationToken cancellationToken)
    {
        var question = new PermissionQuestion
        {
            Principal = new Principal { Type = PrincipalType.User, Id = actor.UserId },
            Resource = resource,
            Action = action,
            Scopes = { actor.Scopes },
        };
        var answer = await authorization.CheckPermissionAsync(new CheckPermissionRequest { Question = question }, cancellationToken: cancellationToken);
        return answer.Allowed;
    }
}
