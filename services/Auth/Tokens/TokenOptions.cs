using System.ComponentModel.DataAnnotations;

namespace McpSecure.Auth;

/// <summary>Says what access tokens claim and how long they live. Section <c>Tokens</c>.</summary>
internal sealed class TokenOptions
{
    /// <summary>
    /// Gets or sets who issues the tokens (<c>iss</c>): a URI of at most 256 characters, one for each installation.
    /// Default: <c>https://auth.</c> and the trust domain.
    /// </summary>
    [StringLength(256, MinimumLength = 1)]
    public string? Issuer { get; set; }

    /// <summary>
    /// Gets or sets for whom the tokens are (<c>aud</c>): a URI of at most 256 characters, one for each installation.
    /// Default: <c>https://</c> and the trust domain.
    /// </summary>
    [StringLength(256, MinimumLength = 1)]
    public string? Audience { get; set; }

    /// <summary>Gets or sets how long an access token works. Default 15 min; 1 min to 24 h.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Gets or sets how far the clocks of two replicas may be apart. Default 5 s; 0 to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(5);
}
