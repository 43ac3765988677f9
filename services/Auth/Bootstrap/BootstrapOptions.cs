using System.ComponentModel.DataAnnotations;

namespace McpSecure.Auth;

/// <summary>Allows the making of the first administrator. Section <c>Bootstrap</c>.</summary>
internal sealed class BootstrapOptions
{
    /// <summary>
    /// Gets or sets the one-time secret: 24 to 128 random characters. No default: without it, no administrator is made here. It is worth
    /// nothing once there is one.
    /// </summary>
    [StringLength(128, MinimumLength = 24)]
    public string? Secret { get; set; }
}
