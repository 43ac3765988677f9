using McpSecure.ServiceDefaults;

namespace McpSecure.Auth;

/// <summary>
/// Says for whom an access token stands. On the warm path it looks into memory only: the signature was verified once, and that the token
/// was not revoked is known from a cache which hears of every revocation.
/// </summary>
internal sealed class TokenVerifier : ITokenValidator, IDisposable
{
    /// <summary>The topic on which tokens that ended are told, by their id.</summary>
    public const string Topic = "access-token";

    private const int Capacity = 100_000;

    private readonly SigningKeys keys;
    private readonly AccessTokenReader reader;
    private readonly TokenStore store;
    private readonly AuditEvents events;
    private readonly DecisionTrail decisions;
    private readonly RecentTokens recent = new(Capacity);
    private readonly CoherentCache<Guid, AccessToken> usable;

    /// <summary>Makes a verifier with empty memory.</summary>
    public TokenVerifier(
        SigningKeys keys,
        AccessTokenReader reader,
        TokenStore store,
        AuditEvents events,
        DecisionTrail decisions,
        InvalidationChannel invalidation,
        TimeProvider clock)
    {
        (this.keys, this.reader, this.store, this.events, this.decisions) = (keys, reader, store, events, decisions);
        usable = new CoherentCache<Guid, AccessToken>(
            invalidation, new CoherentCacheOptions(Topic) { Capacity = Capacity }, token => token.ExpiresAt, clock);
    }

    /// <summary>Judges a token.</summary>
    /// <exception cref="Grpc.Core.RpcException">Crypto does not answer.</exception>
    /// <exception cref="Npgsql.NpgsqlException">The database does not answer.</exception>
    public async ValueTask<TokenJudgement> JudgeAsync(string text, CancellationToken cancellationToken)
    {
        var digest = TokenDigest.Of(text);
        var keySet = await keys.GetAsync(cancellationToken);
        if (!recent.TryGet(digest, out var read) || keySet.Find(read.KeyId) is null || !reader.WorksNow(read.Token))
        {
            switch (await ReadAsync(text, cancellationToken))
            {
                case TokenReading.Read(var fresh):
                    recent.Add(digest, fresh);
                    read = fresh;
                    break;
                case TokenReading.NotNow:
                    return new TokenJudgement.Refused("EXPIRED_OR_NOT_YET_VALID");
                default:
                    return new TokenJudgement.Refused("NOT_AN_ACCESS_TOKEN_OF_OURS");
            }
        }

        return usable.TryGet(read.Token.TokenId, out _) || await IsUsableAsync(read.Token, cancellationToken)
            ? new TokenJudgement.Usable(read.Token)
            : new TokenJudgement.Refused("REVOKED_OR_USER_DISABLED");
    }

    /// <inheritdoc/>
    public async Task<TokenVerdict> ValidateAsync(string token, CancellationToken cancellationToken)
    {
        switch (await JudgeAsync(token, cancellationToken))
        {
            case TokenJudgement.Usable(var access):
                return new TokenVerdict.Valid(new Actor(
                    access.UserId.ToString(),
                    access.Username,
                    access.Roles,
                    access.Scopes,
                    access.Methods,
                    access.AuthenticatedAt,
                    access.TokenId.ToString()));
            case TokenJudgement.Refused(var reason):
                decisions.Record(events.Start("auth.token.validated").Denied(reason));
                break;
        }

        return new TokenVerdict.Invalid();
    }

    /// <inheritdoc/>
    public void Dispose() => usable.Dispose();

    private async Task<TokenReading> ReadAsync(string text, CancellationToken cancellationToken) =>
        reader.KeyIdOf(text) is { } keyId
            ? await reader.ReadAsync(text, await keys.GetAsync(keyId, cancellationToken))
            : new TokenReading.NotOurs();

    private async Task<bool> IsUsableAsync(AccessToken token, CancellationToken cancellationToken) =>
        await usable.GetAsync(
            token.TokenId,
            async (_, cancellation) => await store.IsUsableAsync(token.TokenId, token.UserId, cancellation) ? token : null,
            cancellationToken) is not null;
}

/// <summary>Says whether a token may be used.</summary>
internal abstract record TokenJudgement
{
    private TokenJudgement()
    {
    }

    /// <summary>It may, and says this.</summary>
    public sealed record Usable(AccessToken Token) : TokenJudgement;

    /// <summary>It may not. The reason is for the audit log, never for an answer.</summary>
    public sealed record Refused(string Reason) : TokenJudgement;
}
