namespace McpSecure.Client;

/// <summary>Names the files that prove who this process is and whom it trusts. Nothing here has a default: each setting protects something.</summary>
public sealed class MtlsOptions
{
    /// <summary>Gets or sets the path of a PEM file with this workload's certificate, followed by its intermediates if there are any. Required.</summary>
    public string CertificatePath { get; set; } = "";

    /// <summary>Gets or sets the path of a PEM file with the certificate's unencrypted private key. Required.</summary>
    public string KeyPath { get; set; } = "";

    /// <summary>Gets or sets the path of a PEM file with the root certificates that peers must chain to. System roots are never used. Required.</summary>
    public string TrustBundlePath { get; set; } = "";

    /// <summary>Gets or sets the SPIFFE trust domain that this process and all its peers belong to, for example <c>mcpsecure.local</c>. Required.</summary>
    public string TrustDomain { get; set; } = "";

    /// <summary>Gets or sets how often the three files are looked at. Default 5 s; 100 ms to 1 h.</summary>
    public TimeSpan ReloadInterval { get; set; } = TimeSpan.FromSeconds(5);

    internal IEnumerable<string> Errors(string section)
    {
        foreach (var (name, path) in new[] { (nameof(CertificatePath), CertificatePath), (nameof(KeyPath), KeyPath), (nameof(TrustBundlePath), TrustBundlePath) })
        {
            if (string.IsNullOrWhiteSpace(path))
            {
                yield return $"{section}:{name} is not set: it names a PEM file.";
            }
        }

        if (!SpiffeId.IsTrustDomain(TrustDomain))
        {
            yield return $"{section}:{nameof(TrustDomain)} is '{TrustDomain}': it must be a SPIFFE trust domain such as mcpsecure.local.";
        }

        if (ReloadInterval < TimeSpan.FromMilliseconds(100) || ReloadInterval > TimeSpan.FromHours(1))
        {
            yield return $"{section}:{nameof(ReloadInterval)} is {ReloadInterval}: it must lie between 100 ms and 1 h.";
        }
    }
}
