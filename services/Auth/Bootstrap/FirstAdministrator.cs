using Grpc.Core;
using McpSecure.Authorization.V1;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.Auth;

/// <summary>
/// Makes the first administrator from the one-time secret, in three steps that each may be repeated: an id is set aside for him, that id
/// is given the role, and at last the account is made and the way here closed. Nobody can sign in before the last step, and after it the
/// secret opens nothing.
/// </summary>
internal sealed class FirstAdministrator(
    BootstrapStore store,
    PasswordHashing hashing,
    RoleService.RoleServiceClient authorization,
    DecisionTrail decisions,
    IOptions<BootstrapOptions> options,
    TimeProvider clock)
{
    private readonly BootstrapSecret? expected = options.Value.Secret is { } secret ? BootstrapSecret.From(secret) : null;

    /// <summary>Makes the administrator, or finishes what an earlier call with the same secret and name began. The password that counts is the last one.</summary>
    /// <exception cref="RpcException">Authorization does not answer: call again.</exception>
    public async Task<BootstrapResult> MakeAsync(NewUser user, BootstrapSecret secret, CallOrigin origin, CancellationToken cancellationToken)
    {
        // One answer for a wrong secret, for none to compare with, and for a bootstrap that is over.
        if (expected is null || !expected.Matches(secret))
        {
            return Refuse(origin, expected is null ? "NO_SECRET_SET" : "WRONG_SECRET");
        }

        if (await store.FindAsync(cancellationToken) is { } earlier && ReasonAgainst(earlier, user, secret) is { } reason)
        {
            return Refuse(origin, reason);
        }

        var verdict = PasswordRules.Judge(user.Password, user.Username);
        if (verdict != PasswordVerdict.Accepted)
        {
            Refuse(origin, "PASSWORD_REFUSED");
            return new BootstrapResult.PasswordRefused(verdict);
        }

        using var turn = await hashing.EnterAsync(cancellationToken);
        if (turn is null)
        {
            return new BootstrapResult.Busy();
        }

        var hash = await turn.HashAsync(user.Password);
        var now = clock.GetUtcNow();
        var state = await store.BeginAsync(secret, user.Username, Guid.CreateVersion7(now), now, cancellationToken);
        if (ReasonAgainst(state, user, secret) is { } overtaken)
        {
            return Refuse(origin, overtaken);
        }

        if (!await TryGrantAsync(state.UserId, cancellationToken))
        {
            return Refuse(origin, "ANOTHER_ADMINISTRATOR");
        }

        var administrator = new Account(state.UserId, state.Username, Email: null, now, TotpEnrolled: false);
        var auditEvent = origin.StartEvent("auth.administrator.bootstrapped")
            .By(PrincipalType.User, administrator.UserId.ToString(), administrator.Username)
            .On($"users/{administrator.UserId}")
            .At(Audit.V1.Severity.High);
        return await store.TryCompleteAsync(administrator, hash, auditEvent, cancellationToken)
            ? new BootstrapResult.Made(administrator)
            : Refuse(origin, "completed");
    }

    private static string? ReasonAgainst(BootstrapState state, NewUser user, BootstrapSecret secret) =>
        state.IsComplete ? "completed"
        : !state.Secret.Matches(secret) ? "BEGUN_WITH_ANOTHER_SECRET"
        : state.Username != user.Username ? "BEGUN_WITH_ANOTHER_NAME"
        : null;

    private async Task<bool> TryGrantAsync(Guid userId, CancellationToken cancellationToken)
    {
        try
        {
            await authorization.GrantFirstAdministratorAsync(new GrantFirstAdministratorRequest { UserId = userId.ToString() }, cancellationToken: cancellationToken);
            return true;
        }
        catch (RpcException e) when (McpSecureError.From(e).Reason == ErrorReason.BootstrapRefused)
        {
            return false;
        }
    }

    private BootstrapResult.Refused Refuse(CallOrigin origin, string reason)
    {
        decisions.Record(origin.StartEvent("auth.administrator.bootstrapped").Denied(reason).At(Audit.V1.Severity.High));
        return new BootstrapResult.Refused();
    }
}

/// <summary>Says how the making of the first administrator ended.</summary>
internal abstract record BootstrapResult
{
    private BootstrapResult()
    {
    }

    /// <summary>He is there.</summary>
    public sealed record Made(Account Administrator) : BootstrapResult;

    /// <summary>The secret is wrong, or there is an administrator, or another one was begun.</summary>
    public sealed record Refused : BootstrapResult;

    /// <summary>The password is not one to have.</summary>
    public sealed record PasswordRefused(PasswordVerdict Verdict) : BootstrapResult;

    /// <summary>Too many passwords are being hashed.</summary>
    public sealed record Busy : BootstrapResult;
}
