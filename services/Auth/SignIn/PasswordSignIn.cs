using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Auth;

/// <summary>
/// Trades a password, and a code where the account has an authenticator, for an access token. Whatever is wrong gets one answer after
/// the same work; what it was stands in the audit event alone.
/// </summary>
internal sealed class PasswordSignIn(
    SignInStore store,
    AttemptThrottle throttle,
    PasswordHashing hashing,
    TotpSecretSeal seal,
    RoleReader roles,
    AccessTokenIssuer issuer,
    DecisionTrail decisions,
    TimeProvider clock)
{
    /// <summary>Signs a user in.</summary>
    /// <exception cref="RpcException">Crypto or Authorization does not answer: a token without its roles would lie.</exception>
    public async Task<SignInResult> SignInAsync(Credentials credentials, CallOrigin origin, CancellationToken cancellationToken)
    {
        using var turn = await hashing.EnterAsync(cancellationToken);
        if (turn is null)
        {
            return new SignInResult.Busy();
        }

        var now = clock.GetUtcNow();
        var record = await store.FindAsync(credentials.Username, origin.Network, now, cancellationToken);
        var subject = record is { IsKnownThere: true }
            ? AttemptSubject.Acquaintance(credentials.Username, origin.Network)
            : AttemptSubject.Stranger(credentials.Username, origin.Network);
        switch (await throttle.AdmitAsync(subject, cancellationToken))
        {
            case Admission.Wait(var time):
                Deny(record, origin, "TOO_MANY_ATTEMPTS");
                return new SignInResult.TooManyAttempts(time);
            case Admission.Admitted(var reservation):
                try
                {
                    return await JudgeAsync(credentials, record, reservation, turn, origin, now, cancellationToken);
                }
                catch (RpcException e) when (e is not Refusal)
                {
                    // Only after the right password is anybody else asked; that he does not answer is not the user's failure.
                    await throttle.ReleaseAsync(reservation, cancellationToken);
                    throw;
                }

            default:
                throw new InvalidOperationException("A try is admitted or must wait.");
        }
    }

    private async Task<SignInResult> JudgeAsync(
        Credentials credentials,
        SignInRecord? record,
        Reservation reservation,
        PasswordHashing.Turn turn,
        CallOrigin origin,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var match = await turn.VerifyAsync(credentials.Password, record?.PasswordHash);
        if (record is null || match == PasswordMatch.Wrong || record.IsDisabled)
        {
            return Deny(record, origin, record is null ? "UNKNOWN_USER" : match == PasswordMatch.Wrong ? "WRONG_PASSWORD" : "USER_DISABLED");
        }

        long? step = null;
        if (record.Totp is { } totp)
        {
            if (credentials.Code is not { } code)
            {
                // Not a failure, and no success that forgets the failures before it: else asking so would earn new guesses at the code.
                Deny(record, origin, "SECOND_FACTOR_MISSING");
                await throttle.ReleaseAsync(reservation, cancellationToken);
                return new SignInResult.SecondFactorRequired();
            }

            using var secret = await seal.OpenAsync(record.Account.UserId, totp.Ciphertext, cancellationToken);
            step = Totp.FindStep(secret, code, now);
            if (step is null || step <= totp.LastUsedStep)
            {
                return Deny(record, origin, step is null ? "WRONG_CODE" : "CODE_USED_BEFORE");
            }
        }

        var token = await issuer.IssueAsync(
            new NewToken(
                record.Account,
                await roles.ReadAsync(record.Account.UserId, cancellationToken),
                step is null ? [AuthenticationMethods.Password] : [AuthenticationMethods.Password, AuthenticationMethods.OneTimeCode, AuthenticationMethods.MultipleFactors],
                now,
                origin.Workload),
            cancellationToken);

        var completion = new SignInCompletion(
            record.Account.UserId,
            origin.Network,
            now,
            reservation,
            record.PasswordHash,
            match == PasswordMatch.RightWithOldHash ? await turn.HashAsync(credentials.Password) : null,
            step);

        // The token leaves only after its code is used up, so of two sign-ins with one code one gets none.
        return await store.TryCompleteAsync(completion, Succeeded(token, origin), cancellationToken)
            ? new SignInResult.SignedIn(token)
            : Deny(record, origin, "CODE_USED_BEFORE");
    }

    private static AuditEvent Succeeded(SignedToken signed, CallOrigin origin) => origin.StartEvent("auth.signin.succeeded")
        .By(PrincipalType.User, signed.Token.UserId.ToString(), signed.Token.Username)
        .On($"users/{signed.Token.UserId}")
        .With("token_id", signed.Token.TokenId.ToString())
        .With("session_id", signed.Token.SessionId.ToString())
        .With("methods", string.Join(' ', signed.Token.Methods));

    // A name that is nobody's is not written down: it may be a password in the wrong field.
    private SignInResult.Denied Deny(SignInRecord? record, CallOrigin origin, string reason)
    {
        var auditEvent = origin.StartEvent("auth.signin.denied").Denied(reason);
        if (record is not null)
        {
            auditEvent.On($"users/{record.Account.UserId}").With("username", record.Account.Username);
        }

        decisions.Record(auditEvent);
        return new SignInResult.Denied();
    }
}

/// <summary>Holds what a user presents. Prints its type name.</summary>
/// <param name="Username">The name, as he typed it.</param>
/// <param name="Password">The password.</param>
/// <param name="Code">The code of his authenticator, or null.</param>
internal sealed record Credentials(string Username, Password Password, TotpCode? Code)
{
    /// <summary>Returns the type's name.</summary>
    public override string ToString() => nameof(Credentials);
}

/// <summary>Says how a sign-in ended.</summary>
internal abstract record SignInResult
{
    private SignInResult()
    {
    }

    /// <summary>The user is in.</summary>
    public sealed record SignedIn(SignedToken Token) : SignInResult;

    /// <summary>Something is wrong; what, is not told.</summary>
    public sealed record Denied : SignInResult;

    /// <summary>The password is right and the code is missing.</summary>
    public sealed record SecondFactorRequired : SignInResult;

    /// <summary>The next try is looked at after this time.</summary>
    public sealed record TooManyAttempts(TimeSpan Wait) : SignInResult;

    /// <summary>Too many sign-ins are under way.</summary>
    public sealed record Busy : SignInResult;
}
