namespace McpSecure.AppHost;

/// <summary>Knows where a workload finds its certificate, and Crypto its root key.</summary>
internal interface IWorkloadFiles
{
    string RootKey { get; }

    WorkloadFiles Of(string workload);
}

internal sealed record WorkloadFiles(string CertificatePath, string KeyPath, string TrustBundlePath);

/// <summary>Names the places inside a published container where the deployment mounts the files.</summary>
internal sealed class MountedFiles : IWorkloadFiles
{
    public string RootKey => "/etc/mcpsecure/root-key/root-key";

    public WorkloadFiles Of(string workload) => new("/etc/mcpsecure/tls/tls.crt", "/etc/mcpsecure/tls/tls.key", "/etc/mcpsecure/tls/ca.crt");
}

/// <summary>Names the files in this machine's data folder.</summary>
internal sealed class LocalFiles(DevelopmentCertificates certificates, DevelopmentSecrets secrets) : IWorkloadFiles
{
    public const string RootKeyName = "root-key";

    public string RootKey => secrets.PathOf(RootKeyName);

    public WorkloadFiles Of(string workload) => certificates.FilesOf(workload);
}
