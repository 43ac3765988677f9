using System.Buffers;
using Grpc.Core;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Lets a call pass that a user makes who may do what it does: token, then second factor where it is needed, then permission. Refusals
/// go into the audit trail where the service has one.
/// </summary>
public sealed class ActorGate
{
    private const string Scheme = "Bearer ";

    // RFC 6750 §2.1: b64token. No comma, with which headers are joined.
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/=");

    private readonly ITokenValidator tokens;
    private readonly IPermissionChecker permissions;
    private readonly TimeSpan stepUpWindow;
    private readonly TimeProvider clock;
    private readonly AuditEvents? events;
    private readonly DecisionTrail? decisions;

    internal ActorGate(ITokenValidator tokens, IPermissionChecker permissions, StepUpOptions options, TimeProvider clock, AuditEvents? events, DecisionTrail? decisions)
    {
        this.tokens = tokens;
        this.permissions = permissions;
        this.clock = clock;
        this.events = events;
        this.decisions = decisions;
        stepUpWindow = options.Window;
    }

    /// <summary>Gives the actor of a call that does an action on a resource, in an organization where one is given, else on the platform itself.</summary>
    /// <exception cref="Refusal">TOKEN_MISSING, TOKEN_INVALID, STEP_UP_REQUIRED or PERMISSION_DENIED; DEPENDENCY_UNAVAILABLE where it cannot be decided.</exception>
    public async Task<Actor> RequireAsync(ServerCallContext context, string resource, string action, StepUp stepUp, Guid? organization = null)
    {
        var actor = await IdentifyAsync(context, resource, action);

        if (stepUp == StepUp.Required)
        {
            RequireSecondFactor(context, actor, resource, action);
        }

        return await DecideAsync(actor, resource, action, organization, context.CancellationToken) switch
        {
            AccessDecision.Allowed => actor,
            AccessDecision.SecondFactorMissing => throw SecondFactorMissing(context, resource, action),
            _ => throw Refuse(context, resource, action, Refusal.Because(
                ErrorReason.PermissionDenied, $"You may not {action} {resource}.", ("resource", resource), ("action", action))),
        };
    }

    /// <summary>Gives the actor of a call that anybody who is signed in may make, such as one about himself.</summary>
    /// <exception cref="Refusal">TOKEN_MISSING or TOKEN_INVALID; DEPENDENCY_UNAVAILABLE where it cannot be decided.</exception>
    public Task<Actor> IdentifyAsync(ServerCallContext context) => IdentifyAsync(context, resource: "", action: "");

    /// <summary>
    /// Gives the actor of a call that anybody may make about himself who signed in within the step-up window, whatever with: for what
    /// would let a stolen token outlive its end.
    /// </summary>
    /// <exception cref="Refusal">TOKEN_MISSING, TOKEN_INVALID or STEP_UP_REQUIRED; DEPENDENCY_UNAVAILABLE where it cannot be decided.</exception>
    public async Task<Actor> IdentifyRecentAsync(ServerCallContext context)
    {
        var actor = await IdentifyAsync(context);
        return IsRecent(actor)
            ? actor
            : throw Refuse(context, $"users/{actor.UserId}", action: "", Refusal.Because(
                ErrorReason.StepUpRequired, "This needs a recent sign-in: sign in again.", ("window_seconds", (long)stepUpWindow.TotalSeconds)));
    }

    /// <summary>Lets an actor who was identified pass who gave a second factor recently.</summary>
    /// <exception cref="Refusal">STEP_UP_REQUIRED.</exception>
    public void RequireSecondFactor(ServerCallContext context, Actor actor, string resource, string action)
    {
        if (!HasRecentSecondFactor(actor))
        {
            throw SecondFactorMissing(context, resource, action);
        }
    }

    /// <summary>Tells whether an actor who was identified may do an action on a resource. Throws where it cannot be decided; that denies too.</summary>
    public async Task<bool> MayAsync(Actor actor, string resource, string action, Guid? organization, CancellationToken cancellationToken) =>
        await DecideAsync(actor, resource, action, organization, cancellationToken) == AccessDecision.Allowed;

    /// <summary>Tells whether an actor's token shows a second factor within the step-up window.</summary>
    public bool HasRecentSecondFactor(Actor actor) =>
        actor.AuthenticationMethods.Contains("otp", StringComparer.Ordinal) && IsRecent(actor);

    /// <summary>Gives the access token that a call carries, or null. Two tokens are none: which one counts must not be a matter of taste.</summary>
    public static string? TokenOf(ServerCallContext context) =>
        context.GetHttpContext().Request.Headers.Authorization is [{ } value]
        && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) // RFC 9110 §11.1: the scheme's case does not matter
        && value.Length > Scheme.Length
        && !value.AsSpan(Scheme.Length).ContainsAnyExcept(TokenCharacters)
            ? value[Scheme.Length..]
            : null;

    private Task<AccessDecision> DecideAsync(Actor actor, string resource, string action, Guid? organization, CancellationToken cancellationToken) =>
        permissions.DecideAsync(actor, new WantedAccess(resource, action, organization, HasRecentSecondFactor(actor)), cancellationToken);

    private Refusal SecondFactorMissing(ServerCallContext context, string resource, string action) => Refuse(context, resource, action, Refusal.Because(
        ErrorReason.StepUpRequired,
        "This needs a second factor given recently: sign in again with a code.",
        ("window_seconds", (long)stepUpWindow.TotalSeconds)));

    private async Task<Actor> IdentifyAsync(ServerCallContext context, string resource, string action)
    {
        if (TokenOf(context) is not { } token)
        {
            throw Refuse(context, resource, action, Refusal.Because(
                ErrorReason.TokenMissing, "This acts for a user: send his access token as 'authorization: Bearer'."));
        }

        return await tokens.ValidateAsync(token, context.CancellationToken) switch
        {
            TokenVerdict.Valid(var actor) => Call.Of(context).Actor = actor,
            _ => throw Refuse(context, resource, action, Refusal.Because(ErrorReason.TokenInvalid, "The access token is not valid: sign in again.")),
        };
    }

    private Refusal Refuse(ServerCallContext context, string resource, string action, Refusal refusal)
    {
        if (events is not null)
        {
            var refused = events.Start(context, $"{events.Source}.access.denied").On(resource).Denied(Refusal.NameOf(refusal.Reason))
                .With("rpc", Call.Of(context).Rpc.FullName);
            decisions?.Record(action.Length > 0 ? refused.With("action", action) : refused);
        }

        return refusal;
    }

    private bool IsRecent(Actor actor) => clock.GetUtcNow() - actor.AuthenticatedAt <= stepUpWindow;
}
