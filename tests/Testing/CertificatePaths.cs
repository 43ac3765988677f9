namespace McpSecure.Testing;

/// <summary>Names the three files of a workload, as its settings do.</summary>
public sealed record CertificatePaths(string Certificate, string Key, string TrustBundle)
{
    /// <summary>Gets the file of revocation lists that lies beside; nobody reads it who is not told to.</summary>
    public string RevocationList => Path.Combine(Path.GetDirectoryName(TrustBundle)!, "ca.crl");

    /// <summary>Gives the settings of a service that is this workload.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Settings =>
    [
        new("Mtls:CertificatePath", Certificate),
        new("Mtls:KeyPath", Key),
        new("Mtls:TrustBundlePath", TrustBundle),
        new("Mtls:TrustDomain", TestPki.TrustDomain),
    ];
}
