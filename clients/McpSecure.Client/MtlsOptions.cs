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

    /// <summary>
    /// Gets or sets the path of a PEM file with the revocation lists of the roots, one each. Default none: nothing is looked up. A file that is not there
    /// at the start revokes nothing; from then on, lists only get newer.
    /// </summary>
    public string RevocationListPath { get; set; } = "";

    /// <summary>
    /// Gets or sets whether the files are kept fresh from here: the certificate with a new key at two thirds of its life, trust bundle and revocation lists
    /// at <see cref="TrustRefreshInterval"/>. Needs the address of Crypto, <see cref="RevocationListPath"/>, and certificate and key in one folder. Default false.
    /// </summary>
    public bool Renewal { get; set; }

    /// <summary>Gets or sets how often trust bundle and revocation lists are fetched, with jitter: half of it to the whole. Default 1 min; 1 s to 1 h.</summary>
    public TimeSpan TrustRefreshInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets how often the files are looked at. Default 5 s; 100 ms to 1 h.</summary>
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

        if (TrustRefreshInterval < TimeSpan.FromSeconds(1) || TrustRefreshInterval > TimeSpan.FromHours(1))
        {
            yield return $"{section}:{nameof(TrustRefreshInterval)} is {TrustRefreshInterval}: it must lie between 1 s and 1 h.";
        }

        if (Renewal && string.IsNullOrWhiteSpace(RevocationListPath))
        {
            yield return $"{section}:{nameof(RevocationListPath)} is not set: {nameof(Renewal)} needs a file to write to.";
        }

        if (Renewal && Path.GetDirectoryName(Path.GetFullPath(CertificatePath + ".")) != Path.GetDirectoryName(Path.GetFullPath(KeyPath + ".")))
        {
            yield return $"{section}:{nameof(CertificatePath)} and {nameof(KeyPath)} lie in two folders: {nameof(Renewal)} replaces them together and needs them in one.";
        }
    }
}
