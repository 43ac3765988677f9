using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.Auth.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Auth;

/// <summary>Answers calls that sign users in and that judge their tokens.</summary>
internal sealed class AuthGrpcService(
    FirstAdministrator firstAdministrator,
    PasswordSignIn signIn,
    TokenVerifier verifier,
    TokenRevocation revocation,
    TokenBearer bearer,
    SigningKeys keys,
    DecisionTrail decisions,
    AuditEvents events) : AuthService.AuthServiceBase
{
    public override async Task<BootstrapAdministratorResponse> BootstrapAdministrator(BootstrapAdministratorRequest request, ServerCallContext context)
    {
        var user = new NewUser(request.Username, Password.From(request.Password), Email: null);
        var result = await firstAdministrator.MakeAsync(user, BootstrapSecret.From(request.Secret), CallOrigin.Of(context, events), context.CancellationToken);

        return result switch
        {
            BootstrapResult.Made(var administrator) => new() { UserId = administrator.UserId.ToString() },
            BootstrapResult.Refused => throw Refusal.Because(
                ErrorReason.BootstrapRefused, "The one-time secret is wrong, or there is an administrator already."),
            BootstrapResult.PasswordRefused(var verdict) => throw Messages.PasswordRefused(verdict),
            BootstrapResult.Busy => throw Messages.Busy(),
            _ => throw new UnreachableException(),
        };
    }

    public override async Task<SignInResponse> SignIn(SignInRequest request, ServerCallContext context)
    {
        var credentials = new Credentials(request.Username, Password.From(request.Password), TotpCode.Parse(request.TotpCode));
        var result = await signIn.SignInAsync(credentials, CallOrigin.Of(context, events), context.CancellationToken);

        return result switch
        {
            SignInResult.SignedIn(var token) => new() { UserId = token.Token.UserId.ToString(), AccessToken = Messages.From(token) },
            SignInResult.Denied => throw Refusal.Because(
                ErrorReason.CredentialsInvalid, "The user name, the password or the code is wrong, or this account may not sign in now."),
            SignInResult.SecondFactorRequired => throw Refusal.Because(
                ErrorReason.SecondFactorRequired, "The account has an authenticator: sign in again with its code."),
            SignInResult.TooManyAttempts(var wait) => throw Messages.TooManyAttempts(wait),
            SignInResult.Busy => throw Messages.Busy(),
            _ => throw new UnreachableException(),
        };
    }

    public override async Task<ValidateTokenResponse> ValidateToken(ValidateTokenRequest request, ServerCallContext context)
    {
        switch (await verifier.JudgeAsync(request.Token, context.CancellationToken))
        {
            case TokenJudgement.Usable(var token):
                return new ValidateTokenResponse
                {
                    UserId = token.UserId.ToString(),
                    Username = token.Username,
                    Roles = { token.Roles },
                    Scopes = { token.Scopes },
                    AuthenticationMethods = { token.Methods },
                    AuthenticatedAt = token.AuthenticatedAt.ToTimestamp(),
                    ExpiresAt = token.ExpiresAt.ToTimestamp(),
                    TokenId = token.TokenId.ToString(),
                };
            case TokenJudgement.Refused(var reason):
                decisions.Record(events.Start(context, "auth.token.validated").Denied(reason));
                throw TokenBearer.Invalid();
            default:
                throw new UnreachableException();
        }
    }

    public override async Task<RevokeTokenResponse> RevokeToken(RevokeTokenRequest request, ServerCallContext context)
    {
        var token = await bearer.RequireAsync(context);
        return await revocation.RevokeAsync(token, CallOrigin.Of(context, events), context.CancellationToken)
            ? new RevokeTokenResponse()
            : throw TokenBearer.Invalid();
    }

    public override async Task<GetJwksResponse> GetJwks(GetJwksRequest request, ServerCallContext context) =>
        new() { Jwks = (await keys.GetAsync(context.CancellationToken)).Jwks };
}
