using Grpc.Core;
using McpSecure.Auth.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Asks Auth on each call, so that a revoked token is refused at once.</summary>
internal sealed class RemoteTokenValidator(AuthService.AuthServiceClient auth) : ITokenValidator
{
    public async Task<TokenVerdict> ValidateAsync(string token, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await auth.ValidateTokenAsync(new ValidateTokenRequest { Token = token }, cancellationToken: cancellationToken);
            return new TokenVerdict.Valid(new Actor(
                answer.UserId,
                answer.Username,
                [.. answer.Roles],
                [.. answer.Scopes],
                [.. answer.AuthenticationMethods],
                answer.AuthenticatedAt?.ToDateTimeOffset() ?? DateTimeOffset.MinValue,
                answer.TokenId));
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.Unauthenticated or StatusCode.InvalidArgument)
        {
            return Client.McpSecureError.From(e).Reason is Common.V1.ErrorReason.TokenInvalid or Common.V1.ErrorReason.FieldInvalid
                ? new TokenVerdict.Invalid()
                : throw new InvalidOperationException("Auth refuses this service, not the token.", e);
        }
    }
}
