using System.ComponentModel.DataAnnotations;

namespace McpSecure.Crypto;

/// <summary>Says how workloads are certified. Section <c>Certificates</c>.</summary>
internal sealed class CertificateOptions : IValidatableObject
{
    /// <summary>Gets the files of an authority that the operator brings along. It is the first one in an empty database; later it is trusted beside those made here.</summary>
    public AuthorityFilesOptions Authority { get; } = new();

    /// <summary>
    /// Gets or sets how long a certificate lives. The third that is left when it is renewed has to outlast connections made with it, 2 min where callers
    /// set nothing else. Default 24 h; 10 min to 30 days.
    /// </summary>
    [Range(typeof(TimeSpan), "00:10:00", "30.00:00:00")]
    public TimeSpan LeafLifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// Gets or sets how long an authority made here lives; when a third of it is left, the next one is made. At least three times
    /// <see cref="LeafLifetime"/> and <see cref="PublishAhead"/> together. Default 90 days; 1 h to 3 650 days.
    /// </summary>
    [Range(typeof(TimeSpan), "01:00:00", "3650.00:00:00")]
    public TimeSpan AuthorityLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>
    /// Gets or sets how long a new authority is published before it issues. It must exceed the time in which every workload reads the trust
    /// bundle (<c>Mtls:TrustRefreshInterval</c> of all). Default 1 h; 1 s to 7 days.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan PublishAhead { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Gets or sets how long a revocation list counts as fresh; a new one is signed at half of it and at each revocation. Default 24 h; 1 h to 7 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "7.00:00:00")]
    public TimeSpan RevocationListLifetime { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Gets or sets how many certificates a workload may have that are neither expired nor revoked. Default 100; 2 to 10 000.</summary>
    [Range(2, 10_000)]
    public int LiveLimit { get; set; } = 100;

    /// <summary>Gets or sets for how long the inventory keeps a certificate after its end. Default 90 days; 1 day to 3 650 days.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(90);

    /// <summary>
    /// Gets DNS names that every certificate carries, for callers whose TLS library insists on a host name; <c>{workload}</c> in one stands for the
    /// workload's name. They play no part between our services. Default none.
    /// </summary>
    public IList<string> DnsNames { get; } = [];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AuthorityLifetime < 3 * (LeafLifetime + PublishAhead))
        {
            yield return new("must be at least three times LeafLifetime and PublishAhead together.", [nameof(AuthorityLifetime)]);
        }

        if ((Authority.CertificatePath.Length == 0) != (Authority.KeyPath.Length == 0))
        {
            yield return new("takes CertificatePath and KeyPath together or neither.", [nameof(Authority)]);
        }

        foreach (var name in DnsNames.Where(name => Uri.CheckHostName(name.Replace("{workload}", "w", StringComparison.Ordinal)) != UriHostNameType.Dns))
        {
            yield return new($"'{name}' is no DNS name.", [nameof(DnsNames)]);
        }
    }
}

/// <summary>Names the files of an authority. Section <c>Certificates:Authority</c>.</summary>
internal sealed class AuthorityFilesOptions
{
    /// <summary>Gets or sets the path of a PEM file with a self-signed authority's certificate. Default none: Crypto makes an authority of its own.</summary>
    public string CertificatePath { get; set; } = "";

    /// <summary>Gets or sets the path of a PEM file with its unencrypted ECDSA key, which only its owner may read. Default none.</summary>
    public string KeyPath { get; set; } = "";
}
