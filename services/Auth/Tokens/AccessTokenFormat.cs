using Microsoft.Extensions.Options;

namespace McpSecure.Auth;

/// <summary>Holds what every access token of this installation has in common.</summary>
internal sealed class AccessTokenFormat
{
    /// <summary>The type in the header: what else this platform may ever sign is no access token (RFC 9068 §2.1, RFC 8725 §3.11).</summary>
    public const string Type = "at+jwt";

    /// <summary>Takes the options, and the trust domain where they are silent.</summary>
    public AccessTokenFormat(IOptions<TokenOptions> options, string trustDomain)
    {
        Issuer = options.Value.Issuer ?? $"https://auth.{trustDomain}";
        Audience = options.Value.Audience ?? $"https://{trustDomain}";
        Lifetime = options.Value.Lifetime;
        ClockSkew = options.Value.ClockSkew;
    }

    /// <summary>Gets who issues the tokens.</summary>
    public string Issuer { get; }

    /// <summary>Gets for whom the tokens are.</summary>
    public string Audience { get; }

    /// <summary>Gets how long a token works.</summary>
    public TimeSpan Lifetime { get; }

    /// <summary>Gets how far clocks may be apart.</summary>
    public TimeSpan ClockSkew { get; }
}
