using System.ComponentModel.DataAnnotations;

namespace McpSecure.Crypto;

/// <summary>Says how keys live and end. Section <c>Keys</c>.</summary>
internal sealed class KeyOptions
{
    /// <summary>
    /// Gets or sets the least time between the wish to destroy a key and its destruction, in which it can be called off. Default 30 days;
    /// 24 h to 365 days.
    /// </summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "365.00:00:00")]
    public TimeSpan MinDestructionDelay { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// Gets or sets how often one of the replicas looks for what is due: rotations, activations, destructions, keys to seal anew.
    /// Default 10 s; 100 ms to 10 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan UpkeepInterval { get; set; } = TimeSpan.FromSeconds(10);
}
