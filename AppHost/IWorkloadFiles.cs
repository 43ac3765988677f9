namespace McpSecure.AppHost;

/// <summary>Knows where a workload finds its certificate, and Crypto its root key and the authority that it starts with.</summary>
internal interface IWorkloadFiles
{
    string RootKey { get; }

    /// <summary>Gets the authority that Crypto takes over, or null where the deployment decides on that.</summary>
    (string CertificatePath, string KeyPath)? Authority { get; }

    WorkloadFiles Of(string workload);
}

/// <summary>Names the files of a workload. There are no revocation lists where the files are not the workload's own to keep fresh.</summary>
internal sealed record WorkloadFiles(string CertificatePath, string KeyPath, string TrustBundlePath, string? RevocationListPath = null);

/// <summary>Names the places inside a published container where the deployment mounts the files.</summary>
internal sealed class MountedFiles : IWorkloadFiles
{
    public string RootKey => "/etc/mcpsecure/root-key/root-key";

    public (string CertificatePath, string KeyPath)? Authority => null;

    public WorkloadFiles Of(string workload) => new("/etc/mcpsecure/tls/tls.crt", "/etc/mcpsecure/tls/tls.key", "/etc/mcpsecure/tls/ca.crt");
}

/// <summary>Names the files in this machine's data folder.</summary>
internal sealed class LocalFiles(DevelopmentCertificates certificates, DevelopmentSecrets secrets) : IWorkloadFiles
{
    public const string RootKeyName = "root-key";

    public string RootKey => secrets.PathOf(RootKeyName);

    public (string CertificatePath, string KeyPath)? Authority => (certificates.Root.CertificatePath, certificates.Root.KeyPath);

    public WorkloadFiles Of(string workload) => certificates.FilesOf(workload);
}
