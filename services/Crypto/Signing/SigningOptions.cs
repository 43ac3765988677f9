using System.ComponentModel.DataAnnotations;

namespace McpSecure.Crypto;

/// <summary>Says how signing goes over from one version to the next. Section <c>Signing</c>.</summary>
internal sealed class SigningOptions
{
    /// <summary>
    /// Gets or sets how long a version goes on signing after it was replaced, for callers that have not heard of its successor yet.
    /// It must exceed the time for which callers keep the list of public keys. Default 10 min; 0 to 24 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan Overlap { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Gets or sets how long a new version is published before it signs. It must exceed the time for which verifiers keep the list of public
    /// keys, so that none meets a signature by a key that it does not know. Default 1 h; 0 to 7 days.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan PublishAhead { get; set; } = TimeSpan.FromHours(1);
}
