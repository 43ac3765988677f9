using System.ComponentModel.DataAnnotations;

namespace McpSecure.ServiceDefaults;

/// <summary>Bounds what a caller may ask of a service. Section <c>Limits</c>.</summary>
internal sealed class LimitsOptions
{
    /// <summary>
    /// Gets or sets the largest request message, in bytes, of a rpc that the contract gives no larger one. Once it is read it may take
    /// some 170 times that memory. Default 1 MiB; 1 KiB to 64 MiB.
    /// </summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int MaxMessageSizeInBytes { get; set; } = 1024 * 1024;

    /// <summary>Gets or sets the most calls at a time on one connection. Default 256; 1 to 10 000.</summary>
    [Range(1, 10_000)]
    public int MaxStreamsPerConnection { get; set; } = 256;

    /// <summary>Gets or sets the most connections at a time. Default 10 000; 1 to 1 000 000.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>Gets or sets the largest sum of a request's headers, in bytes. Default 16 KiB; 4 KiB to 256 KiB.</summary>
    [Range(4 * 1024, 256 * 1024)]
    public int MaxHeadersSizeInBytes { get; set; } = 16 * 1024;

    /// <summary>Gets or sets how long a call may take: the deadline of a call without one, and the longest that one may ask for. Default 30 s; 1 s to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan LongestCall { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets the same for calls whose answers are a stream. Default 1 h; 1 s to 24 h.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan LongestStream { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Gets or sets how long a TLS handshake may take. Default 10 s; 1 s to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
