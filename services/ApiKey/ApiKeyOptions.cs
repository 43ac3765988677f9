using System.ComponentModel.DataAnnotations;

namespace McpSecure.ApiKey;

/// <summary>Settings of API keys. Section <c>ApiKey</c>.</summary>
internal sealed class ApiKeyOptions
{
    /// <summary>
    /// Gets or sets bcrypt's work factor of new keys: its cost doubles with each step, at 12 a quarter of a second of a core. Keys made
    /// before a change keep theirs. Default 12; 10 to 16.
    /// </summary>
    [Range(10, 16)]
    public int WorkFactor { get; set; } = 12;

    /// <summary>Gets or sets the most bcrypt computations at a time. Default half of the processors, at least 1; 1 to 256.</summary>
    [Range(1, 256)]
    public int ConcurrentHashes { get; set; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Gets or sets how many bcrypt computations may wait for their turn; what comes then is refused as BUSY. Default 64; 0 to 10 000.</summary>
    [Range(0, 10_000)]
    public int WaitingHashes { get; set; } = 64;

    /// <summary>Gets or sets the most keys of one owner that are neither revoked nor expired. Default 50; 1 to 10 000.</summary>
    [Range(1, 10_000)]
    public int LiveKeysPerOwner { get; set; } = 50;

    /// <summary>Gets or sets the most keys of one organization that are neither revoked nor expired. Default 1 000; 1 to 100 000.</summary>
    [Range(1, 100_000)]
    public int LiveKeysPerOrganization { get; set; } = 1_000;
}
