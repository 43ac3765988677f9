using McpSecure.ServiceDefaults;

namespace McpSecure.Testing;

/// <summary>Stands in for Auth and Authorization in a test of another service: knows users by their tokens, and what each may do.</summary>
public sealed class TestActors : ITokenValidator, IPermissionChecker
{
    private readonly Dictionary<string, TestActor> byToken = new(StringComparer.Ordinal);
    private readonly Lock change = new();

    /// <summary>Gets or sets whether both services are out of reach.</summary>
    public bool AreAway { get; set; }

    /// <summary>Signs a user in, with a second factor now. Rights are written <c>resource:action</c>, where <c>*</c> ends either as a wildcard, or <c>resource:action:mfa</c>.</summary>
    public TestActor SignIn(string username, params string[] rights)
    {
        var now = TimeProvider.System.GetUtcNow();
        var actor = new TestActor($"token-of-{username}-{Guid.CreateVersion7(now)}", rights, new Actor(
            Guid.CreateVersion7(now).ToString(), username, Roles: [], Scopes: [], ["pwd", "otp"], now, TokenId: username));
        lock (change)
        {
            byToken[actor.Token] = actor;
        }

        return actor;
    }

    /// <summary>Signs a user in without a second factor.</summary>
    public TestActor SignInWithPasswordOnly(string username, params string[] rights)
    {
        var actor = SignIn(username, rights);
        actor = actor with { Actor = actor.Actor with { AuthenticationMethods = ["pwd"] } };
        lock (change)
        {
            byToken[actor.Token] = actor;
        }

        return actor;
    }

    /// <summary>Makes a token invalid.</summary>
    public void Revoke(TestActor actor)
    {
        lock (change)
        {
            byToken.Remove(actor.Token);
        }
    }

    /// <inheritdoc/>
    public Task<TokenVerdict> ValidateAsync(string token, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        lock (change)
        {
            return Task.FromResult<TokenVerdict>(byToken.TryGetValue(token, out var actor) ? new TokenVerdict.Valid(actor.Actor) : new TokenVerdict.Invalid());
        }
    }

    /// <inheritdoc/>
    public Task<AccessDecision> DecideAsync(Actor actor, WantedAccess wanted, CancellationToken cancellationToken)
    {
        ThrowIfAway();
        lock (change)
        {
            var rights = byToken.Values.Single(one => one.Actor.UserId == actor.UserId).Rights;
            var held = rights.Select(right => right.Split(':')).Where(right => Covers(right[0], wanted.Resource) && Covers(right[1], wanted.Action)).ToList();
            return Task.FromResult(
                held.Any(right => right.Length == 2 || wanted.SecondFactor) ? AccessDecision.Allowed
                : held.Count > 0 ? AccessDecision.SecondFactorMissing
                : AccessDecision.Denied);
        }
    }

    private static bool Covers(string pattern, string text) =>
        pattern.EndsWith('*') ? text.StartsWith(pattern[..^1], StringComparison.Ordinal) : pattern == text;

    private void ThrowIfAway()
    {
        if (AreAway)
        {
            throw new TimeoutException("Auth and Authorization are away.");
        }
    }
}

/// <summary>A user who is signed in.</summary>
/// <param name="Token">The access token.</param>
/// <param name="Rights">What he may do.</param>
/// <param name="Actor">What the token proves.</param>
public sealed record TestActor(string Token, IReadOnlyList<string> Rights, Actor Actor)
{
    /// <summary>Gets the metadata of a call on his behalf.</summary>
    public Grpc.Core.Metadata Metadata => new() { { "authorization", $"Bearer {Token}" } };
}
