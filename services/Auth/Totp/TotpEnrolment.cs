using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.Auth;

/// <summary>Gives a user an authenticator: makes the secret, and takes it into use when a code shows that it arrived.</summary>
internal sealed class TotpEnrolment(
    TotpStore store,
    TotpSecretSeal seal,
    AttemptThrottle throttle,
    UserStore users,
    RoleReader roles,
    AccessTokenIssuer issuer,
    DecisionTrail decisions,
    IOptions<TotpOptions> options,
    TimeProvider clock)
{
    /// <summary>Makes a secret for the bearer of a token. Returns null where he has an authenticator.</summary>
    /// <exception cref="Grpc.Core.RpcException">Crypto does not answer.</exception>
    public async Task<NewAuthenticator?> BeginAsync(AccessToken caller, CallOrigin origin, CancellationToken cancellationToken)
    {
        using var secret = TotpSecret.Random();
        var ciphertext = await seal.CloseAsync(caller.UserId, secret, cancellationToken);
        var auditEvent = origin.StartEvent("auth.totp.begun").By(PrincipalType.User, caller.UserId.ToString(), caller.Username).On($"users/{caller.UserId}");
        return await store.TryBeginAsync(caller.UserId, ciphertext, clock.GetUtcNow(), auditEvent, cancellationToken)
            ? new NewAuthenticator(secret.RevealBase32(), options.Value.Issuer, caller.Username)
            : null;
    }

    /// <summary>
    /// Confirms the secret with a code, and makes a token of the same session that shows both factors. It counts from when the password was
    /// given, so a stolen token wins no time with it.
    /// </summary>
    /// <exception cref="Grpc.Core.RpcException">Crypto or Authorization does not answer.</exception>
    public async Task<ConfirmResult> ConfirmAsync(AccessToken caller, TotpCode code, CallOrigin origin, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        switch (await throttle.AdmitAsync(AttemptSubject.Enrolment(caller.UserId), cancellationToken))
        {
            case Admission.Wait(var time):
                Deny(caller, origin, "TOO_MANY_ATTEMPTS");
                return new ConfirmResult.TooManyAttempts(time);
            case Admission.Admitted(var reservation):
                return await ConfirmAsync(caller, code, reservation, origin, now, cancellationToken);
            default:
                throw new InvalidOperationException("A try is admitted or must wait.");
        }
    }

    private async Task<ConfirmResult> ConfirmAsync(
        AccessToken caller, TotpCode code, Reservation reservation, CallOrigin origin, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await store.FindUnconfirmedAsync(caller.UserId, cancellationToken) is not { } ciphertext)
        {
            return Deny(caller, origin, "NOTHING_TO_CONFIRM");
        }

        long? step;
        using (var secret = await seal.OpenAsync(caller.UserId, ciphertext, cancellationToken))
        {
            step = Totp.FindStep(secret, code, now);
        }

        if (step is null || await users.FindAsync(caller.UserId, cancellationToken) is not { } account)
        {
            return Deny(caller, origin, "WRONG_CODE");
        }

        string[] methods = [.. caller.Methods, AuthenticationMethods.OneTimeCode, AuthenticationMethods.MultipleFactors];
        var order = new NewToken(
            account, await roles.ReadAsync(caller.UserId, cancellationToken), [.. methods.Distinct(StringComparer.Ordinal)], caller.AuthenticatedAt, origin.Workload, caller.SessionId);
        var token = await issuer.IssueAsync(order, cancellationToken);

        var auditEvent = origin.StartEvent("auth.totp.enrolled")
            .By(PrincipalType.User, caller.UserId.ToString(), caller.Username)
            .On($"users/{caller.UserId}")
            .With("token_id", token.Token.TokenId.ToString());
        return await store.TryConfirmAsync(caller.UserId, ciphertext, step.Value, now, reservation, auditEvent, cancellationToken)
            ? new ConfirmResult.Confirmed(token)
            : Deny(caller, origin, "SECRET_CONFIRMED_OR_REPLACED");
    }

    private ConfirmResult.CodeInvalid Deny(AccessToken caller, CallOrigin origin, string reason)
    {
        decisions.Record(origin.StartEvent("auth.totp.enrolled")
            .By(PrincipalType.User, caller.UserId.ToString(), caller.Username)
            .On($"users/{caller.UserId}")
            .Denied(reason));
        return new ConfirmResult.CodeInvalid();
    }
}

/// <summary>Holds a new secret in the forms that authenticators take. Prints its type name.</summary>
/// <param name="secret">The secret in Base32.</param>
/// <param name="issuer">The name that the authenticator lists it under.</param>
/// <param name="username">The account.</param>
internal sealed class NewAuthenticator(string secret, string issuer, string username)
{
    /// <summary>Shows the secret in Base32.</summary>
    public string RevealSecret() => secret;

    /// <summary>Shows the secret as a URI, in the form that authenticators read from a QR code.</summary>
    public string RevealUri()
    {
        var label = $"{Uri.EscapeDataString(issuer)}:{Uri.EscapeDataString(username)}";
        return $"otpauth://totp/{label}?secret={secret}&issuer={Uri.EscapeDataString(issuer)}&algorithm=SHA1&digits=6&period=30";
    }

    /// <summary>Returns the type's name.</summary>
    public override string ToString() => nameof(NewAuthenticator);
}

/// <summary>Says how a confirmation ended.</summary>
internal abstract record ConfirmResult
{
    private ConfirmResult()
    {
    }

    /// <summary>The authenticator is in use.</summary>
    public sealed record Confirmed(SignedToken Token) : ConfirmResult;

    /// <summary>The code is wrong, used, or there is nothing to confirm.</summary>
    public sealed record CodeInvalid : ConfirmResult;

    /// <summary>The next try is looked at after this time.</summary>
    public sealed record TooManyAttempts(TimeSpan Wait) : ConfirmResult;
}
