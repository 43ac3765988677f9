using System.ComponentModel.DataAnnotations;

namespace McpSecure.ServiceDefaults;

/// <summary>Says how the service ends. Section <c>Drain</c>.</summary>
internal sealed class DrainOptions
{
    /// <summary>
    /// Gets or sets for how long after SIGTERM new calls are still taken while <c>/health</c> says no, so that load balancers look away
    /// first. Default 0; 0 to 1 min. Kubernetes wants about 5 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Announce { get; set; } = TimeSpan.Zero;

    /// <summary>Gets or sets how long calls under way may take to finish then. Default 5 s; 0 to 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan Finish { get; set; } = TimeSpan.FromSeconds(5);
}
