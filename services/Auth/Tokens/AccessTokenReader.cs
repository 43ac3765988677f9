using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpSecure.Auth;

/// <summary>
/// Reads access tokens and believes only those that this installation issued and that work now: RS256 with one of our keys, our type,
/// issuer and audience, every claim in place (RFC 8725, RFC 9068 §4). Whether one was revoked is not written in it.
/// </summary>
internal sealed class AccessTokenReader(AccessTokenFormat format, TimeProvider clock)
{
    private readonly JsonWebTokenHandler handler = new() { MaximumTokenSizeInBytes = 8192 };

    /// <summary>Gives the key id in a token's header, unproven; null where the text is no signed JWT or names none.</summary>
    public string? KeyIdOf(string text) => Parse(text)?.Kid is { Length: > 0 } keyId ? keyId : null;

    /// <summary>Reads a token with these keys.</summary>
    public async Task<TokenReading> ReadAsync(string text, SigningKeySet keys)
    {
        if (Parse(text) is not { } parsed)
        {
            return new TokenReading.NotOurs();
        }

        var result = await handler.ValidateTokenAsync(parsed, Parameters(keys));
        return result switch
        {
            { IsValid: true } when Claims(parsed) is { } token => new TokenReading.Read(new ReadToken(token, parsed.Kid)),
            { Exception: SecurityTokenInvalidLifetimeException } => new TokenReading.NotNow(),
            _ => new TokenReading.NotOurs(),
        };
    }

    /// <summary>Returns whether a token that was read before works now.</summary>
    public bool WorksNow(AccessToken token) => WorksAt(clock.GetUtcNow(), token.IssuedAt, token.ExpiresAt);

    private JsonWebToken? Parse(string text)
    {
        if (!handler.CanReadToken(text))
        {
            return null;
        }

        try
        {
            var parsed = new JsonWebToken(text);

            // The last character of a signature has bits to spare; one token must have one form, or lists of tokens can be slipped past.
            return !parsed.IsEncrypted && Base64UrlEncoder.Encode(Base64UrlEncoder.DecodeBytes(parsed.EncodedSignature)) == parsed.EncodedSignature
                ? parsed
                : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or JsonException or SecurityTokenException)
        {
            return null;
        }
    }

    private TokenValidationParameters Parameters(SigningKeySet keys) => new()
    {
        // Nothing in the token chooses the algorithm or brings a key along: jku, jwk, x5u and x5c are not looked at.
        ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
        ValidTypes = [AccessTokenFormat.Type],
        ValidIssuer = format.Issuer,
        ValidAudience = format.Audience,
        IgnoreTrailingSlashWhenValidatingAudience = false,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        RequireAudience = true,
        ValidateIssuerSigningKey = true,
        TryAllIssuerSigningKeys = false,
        IssuerSigningKeyResolver = (_, _, keyId, _) => keyId is not null && keys.Find(keyId) is { } key ? [key] : [],
        LifetimeValidator = (notBefore, expires, _, _) => notBefore is { } from && expires is { } until && WorksAt(clock.GetUtcNow(), Utc(from), Utc(until)),
        LogTokenId = false,
        IncludeTokenOnFailedValidation = false,
    };

    private bool WorksAt(DateTimeOffset now, DateTimeOffset from, DateTimeOffset until) =>
        from - format.ClockSkew <= now && now < until + format.ClockSkew;

    private static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));

    // The signature is ours, so a claim that is not as we write it is from a version that we no longer read.
    private static AccessToken? Claims(JsonWebToken jwt)
    {
        if (jwt.Audiences.Count() == 1
            && Id(jwt, "jti") is { } tokenId
            && Id(jwt, "sid") is { } sessionId
            && Id(jwt, "sub") is { } userId
            && Text(jwt, "username") is { Length: > 0 } username
            && Text(jwt, "client_id") is { Length: > 0 } clientId
            && List(jwt, "roles") is { } roles
            && List(jwt, "amr") is { Length: > 0 } methods
            && Time(jwt, "auth_time") is { } authenticatedAt
            && Time(jwt, "iat") is { } issuedAt
            && Time(jwt, "exp") is { } expiresAt)
        {
            var scopes = Text(jwt, "scope")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
            return new AccessToken(
                tokenId, sessionId, userId, username, Text(jwt, "email"), clientId, roles, scopes, methods, authenticatedAt, issuedAt, expiresAt);
        }

        return null;
    }

    private static string? Text(JsonWebToken jwt, string name) => jwt.TryGetPayloadValue<string>(name, out var value) ? value : null;

    private static Guid? Id(JsonWebToken jwt, string name) => Guid.TryParseExact(Text(jwt, name), "D", out var id) ? id : null;

    private static DateTimeOffset? Time(JsonWebToken jwt, string name) =>
        jwt.TryGetPayloadValue<long>(name, out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    private static string[]? List(JsonWebToken jwt, string name) =>
        jwt.TryGetPayloadValue<string[]>(name, out var values) ? values : null;
}

/// <summary>Holds a token whose signature was verified, and with which key.</summary>
internal sealed record ReadToken(AccessToken Token, string KeyId);

/// <summary>Says what reading a token showed.</summary>
internal abstract record TokenReading
{
    private TokenReading()
    {
    }

    /// <summary>It is ours and works now.</summary>
    public sealed record Read(ReadToken Token) : TokenReading;

    /// <summary>It is ours, and expired or not yet valid.</summary>
    public sealed record NotNow : TokenReading;

    /// <summary>It is unreadable, forged, or not meant for us.</summary>
    public sealed record NotOurs : TokenReading;
}
