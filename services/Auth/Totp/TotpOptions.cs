using System.ComponentModel.DataAnnotations;

namespace McpSecure.Auth;

/// <summary>Says what authenticators show. Section <c>Totp</c>.</summary>
internal sealed class TotpOptions
{
    /// <summary>Gets or sets the name under which an authenticator lists the account: 1 to 64 characters without a colon. Default <c>McpSecure</c>.</summary>
    [Required]
    [RegularExpression("[^:\\p{Cc}]{1,64}")]
    public string Issuer { get; set; } = "McpSecure";
}
