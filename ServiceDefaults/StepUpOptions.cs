using System.ComponentModel.DataAnnotations;

namespace McpSecure.ServiceDefaults;

/// <summary>Says how recent a second factor must be. Section <c>StepUp</c>.</summary>
internal sealed class StepUpOptions
{
    /// <summary>Gets or sets for how long after signing in with a second factor administrative actions are allowed, and after any sign-in an authenticator may be enrolled. Default 15 min; 1 min to 12 h.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "12:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(15);
}
