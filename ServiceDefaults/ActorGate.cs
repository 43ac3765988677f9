using Grpc.Core;
using McpSecure.Common.V1;
using Microsoft.Extensions.Options;

namespace McpSecure.ServiceDefaults;

/// <summary>Lets a call pass that a user makes who may do what it does: token, then second factor where it is needed, then permission.</summary>
public sealed class ActorGate
{
    private const string Scheme = "Bearer ";

    private readonly ITokenValidator tokens;
    private readonly IPermissionChecker permissions;
    private readonly TimeProvider clock;
    private readonly TimeSpan stepUpWindow;

    /// <summary>Makes a gate over the two seams.</summary>
    public ActorGate(ITokenValidator tokens, IPermissionChecker permissions, TimeProvider clock, IServiceProvider services)
    {
        this.tokens = tokens;
        this.permissions = permissions;
        this.clock = clock;
        stepUpWindow = ((IOptions<StepUpOptions>)services.GetService(typeof(IOptions<StepUpOptions>))!).Value.Window;
    }

    /// <summary>Gives the actor of a call that does an action on a resource.</summary>
    /// <exception cref="Refusal">TOKEN_MISSING, TOKEN_INVALID, STEP_UP_REQUIRED or PERMISSION_DENIED; DEPENDENCY_UNAVAILABLE where it cannot be decided.</exception>
    public async Task<Actor> RequireAsync(ServerCallContext context, string resource, string action, StepUp stepUp)
    {
        var actor = await IdentifyAsync(context);

        if (stepUp == StepUp.Required && !HasRecentSecondFactor(actor))
        {
            throw Refusal.Because(ErrorReason.StepUpRequired, "This needs a second factor given recently: sign in again with a code.",
                ("window_seconds", (long)stepUpWindow.TotalSeconds));
        }

        if (!await permissions.IsAllowedAsync(actor, resource, action, context.CancellationToken))
        {
            throw Refusal.Because(ErrorReason.PermissionDenied, $"You may not {action} {resource}.", ("resource", resource), ("action", action));
        }

        return actor;
    }

    /// <summary>Gives the actor of a call that anybody who is signed in may make, such as one about himself.</summary>
    /// <exception cref="Refusal">TOKEN_MISSING or TOKEN_INVALID; DEPENDENCY_UNAVAILABLE where it cannot be decided.</exception>
    public async Task<Actor> IdentifyAsync(ServerCallContext context)
    {
        var token = TokenOf(context) ?? throw Refusal.Because(ErrorReason.TokenMissing, "This acts for a user: send his access token as 'authorization: Bearer'.");

        return await tokens.ValidateAsync(token, context.CancellationToken) switch
        {
            TokenVerdict.Valid(var actor) => Call.Of(context).Actor = actor,
            _ => throw Refusal.Because(ErrorReason.TokenInvalid, "The access token is not valid: sign in again."),
        };
    }

    /// <summary>Gives the access token that a call carries, or null. Two tokens are none: which one counts must not be a matter of taste.</summary>
    public static string? TokenOf(ServerCallContext context)
    {
        string? only = null;
        foreach (var entry in context.RequestHeaders)
        {
            if (entry.Key != "authorization")
            {
                continue;
            }

            // RFC 9110 §11.1: the scheme's case does not matter.
            if (only is not null || !entry.Value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            {
                return null;
            }

            only = entry.Value[Scheme.Length..];
        }

        return only;
    }

    private bool HasRecentSecondFactor(Actor actor) =>
        actor.AuthenticationMethods.Contains("otp", StringComparer.Ordinal) && clock.GetUtcNow() - actor.AuthenticatedAt <= stepUpWindow;
}
