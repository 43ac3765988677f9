using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Auth;

/// <summary>Reads the token that a call about its own user carries.</summary>
internal sealed class TokenBearer(ActorGate gate, TokenVerifier verifier)
{
    /// <summary>Returns what the call's token says: more than an actor tells, such as its session and its end.</summary>
    /// <exception cref="Refusal">TOKEN_MISSING or TOKEN_INVALID.</exception>
    public async Task<AccessToken> RequireAsync(ServerCallContext context)
    {
        await gate.IdentifyAsync(context);
        return await ReadAsync(context);
    }

    /// <summary>Returns what the call's token says, where its user signed in within the step-up window.</summary>
    /// <exception cref="Refusal">TOKEN_MISSING, TOKEN_INVALID or STEP_UP_REQUIRED.</exception>
    public async Task<AccessToken> RequireRecentAsync(ServerCallContext context)
    {
        await gate.IdentifyRecentAsync(context);
        return await ReadAsync(context);
    }

    /// <summary>Refuses a token; in the same words whatever is wrong with it.</summary>
    public static Refusal Invalid() => Refusal.Because(ErrorReason.TokenInvalid, "The access token is not valid: sign in again.");

    private async Task<AccessToken> ReadAsync(ServerCallContext context)
    {
        // The same token again, from memory; it may have ended in between.
        return await verifier.JudgeAsync(ActorGate.TokenOf(context)!, context.CancellationToken) is TokenJudgement.Usable(var token)
            ? token
            : throw Invalid();
    }
}
