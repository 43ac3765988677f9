using System.ComponentModel.DataAnnotations;

namespace McpSecure.ApiKey;

/// <summary>Settings of API keys. Section <c>ApiKey</c>.</summary>
internal sealed class ApiKeyOptions : IValidatableObject
{
    /// <summary>
    /// Gets or sets what new keys begin with: a lower-case letter, then lower-case letters, digits and underscores, an underscore at the end.
    /// Default <c>mcp_sk_</c>; 3 to 32 characters, not <c>mlcp_</c>. A key keeps the one it was made with: list it in
    /// <see cref="AcceptedPrefixes"/> before changing this.
    /// </summary>
    [Required]
    public string Prefix { get; set; } = ApiKeyFormat.DefaultPrefix;

    /// <summary>Gets or sets further prefixes that keys were made with and are still read. Default none; at most 8, of the form of <see cref="Prefix"/>.</summary>
    [MaxLength(8)]
    public IReadOnlyList<string> AcceptedPrefixes { get; set; } = [];

    /// <summary>
    /// Gets or sets bcrypt's work factor of new keys: its cost doubles with each step, at 12 a quarter of a second of a core. Keys of
    /// a lower one are hashed anew when they are used. Default 12; 10 to 16.
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

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        const string fault = "must be 3 to 32 of a-z 0-9 _, a letter first and an underscore last, and not mlcp_, which imported keys have.";
        if (!ApiKeyFormat.IsPrefix(Prefix))
        {
            yield return new ValidationResult(fault, [nameof(Prefix)]);
        }

        if (!AcceptedPrefixes.All(ApiKeyFormat.IsPrefix))
        {
            yield return new ValidationResult(fault, [nameof(AcceptedPrefixes)]);
        }
    }
}
