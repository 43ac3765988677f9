using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Auth;

/// <summary>Makes user accounts.</summary>
internal sealed class UserRegistration(UserStore store, PasswordHashing hashing, DecisionTrail decisions, TimeProvider clock)
{
    /// <summary>Makes an account with a first password, on behalf of an administrator.</summary>
    public async Task<RegistrationResult> RegisterAsync(NewUser user, Actor administrator, CallOrigin origin, CancellationToken cancellationToken)
    {
        var verdict = PasswordRules.Judge(user.Password, user.Username);
        if (verdict != PasswordVerdict.Accepted)
        {
            Deny(user, administrator, origin, "PASSWORD_REFUSED");
            return new RegistrationResult.PasswordRefused(verdict);
        }

        using var turn = await hashing.EnterAsync(cancellationToken);
        if (turn is null)
        {
            return new RegistrationResult.Busy();
        }

        var hash = await turn.HashAsync(user.Password);
        var now = clock.GetUtcNow();

        // To the microsecond, as it is stored: what is answered now is what will be answered later.
        var createdAt = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
        var account = new Account(Guid.CreateVersion7(now), user.Username, user.Email, createdAt, TotpEnrolled: false);
        var auditEvent = origin.StartEvent("auth.user.created")
            .By(PrincipalType.User, administrator.UserId, administrator.Username)
            .On($"users/{account.UserId}")
            .With("username", account.Username);
        if (await store.TryAddAsync(account, hash, auditEvent, cancellationToken))
        {
            return new RegistrationResult.Registered(account);
        }

        Deny(user, administrator, origin, "USERNAME_TAKEN");
        return new RegistrationResult.UsernameTaken();
    }

    private void Deny(NewUser user, Actor administrator, CallOrigin origin, string reason) => decisions.Record(
        origin.StartEvent("auth.user.created")
            .By(PrincipalType.User, administrator.UserId, administrator.Username)
            .With("username", user.Username)
            .Denied(reason));
}

/// <summary>Describes an account to be made. Prints its type name.</summary>
/// <param name="Username">The name.</param>
/// <param name="Password">The first password.</param>
/// <param name="Email">The address for electronic mail, or null.</param>
internal sealed record NewUser(string Username, Password Password, string? Email)
{
    /// <summary>Returns the type's name.</summary>
    public override string ToString() => nameof(NewUser);
}

/// <summary>Says how a registration ended.</summary>
internal abstract record RegistrationResult
{
    private RegistrationResult()
    {
    }

    /// <summary>The account is there.</summary>
    public sealed record Registered(Account Account) : RegistrationResult;

    /// <summary>The password is not one to have.</summary>
    public sealed record PasswordRefused(PasswordVerdict Verdict) : RegistrationResult;

    /// <summary>Somebody has the name.</summary>
    public sealed record UsernameTaken : RegistrationResult;

    /// <summary>Too many passwords are being hashed.</summary>
    public sealed record Busy : RegistrationResult;
}
