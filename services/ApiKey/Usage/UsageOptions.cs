using System.ComponentModel.DataAnnotations;

namespace McpSecure.ApiKey;

/// <summary>Says how the use of keys is kept. Section <c>Usage</c>.</summary>
internal sealed class UsageOptions
{
    /// <summary>Gets or sets how often what was counted is written: the most that a crash loses. Default 5 seconds; 100 milliseconds to 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan FlushInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how long the hours are kept. Default 90 days; 32 days to 10 years.</summary>
    [Range(typeof(TimeSpan), "32.00:00:00", "3650.00:00:00")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(90);
}
