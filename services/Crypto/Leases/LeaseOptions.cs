using System.ComponentModel.DataAnnotations;

namespace McpSecure.Crypto;

/// <summary>Says how many leases there may be. Section <c>Leases</c>. One counts from before its role is made until its role is known to be gone.</summary>
internal sealed class LeaseOptions
{
    /// <summary>Gets or sets the most leases of a template at a time that sets no limit of its own. Default 1 000; 1 to 100 000.</summary>
    [Range(1, 100_000)]
    public int MaxPerTemplate { get; set; } = 1_000;

    /// <summary>Gets or sets the most leases of a template that one owner has at a time. Default 100; 1 to 100 000.</summary>
    [Range(1, 100_000)]
    public int MaxPerOwner { get; set; } = 100;
}
