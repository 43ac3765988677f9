using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpSecure.AppHost;

/// <summary>
/// Is the certificate authority that this machine starts with: one root, which Crypto takes over, and a first leaf for each workload with its SPIFFE id,
/// good for both ends of a connection. Services have Crypto renew theirs; callers are renewed here, under the same key, so that a reader between two
/// files still reads a pair that fits.
/// </summary>
internal sealed class DevelopmentCertificates(string folder, string trustDomain, TimeProvider time)
{
    private static readonly TimeSpan LeafLifetime = TimeSpan.FromDays(30);
    private static readonly TimeSpan LeafRenewal = TimeSpan.FromDays(10);

    // A service's first leaf: Crypto replaces it after two thirds of that. One with less than an hour left was not replaced in time.
    private static readonly TimeSpan FirstLeafLifetime = TimeSpan.FromHours(4);
    private static readonly TimeSpan FirstLeafRenewal = TimeSpan.FromHours(1);
    private static readonly TimeSpan RootLifetime = TimeSpan.FromDays(730);

    // Longer than a leaf lives: no leaf outlives its root, and each moves to the next root when it is renewed anyway.
    private static readonly TimeSpan RootRenewal = LeafLifetime * 2;

    private string Bundle => Path.Combine(folder, "ca.crt");

    private string Lists => Path.Combine(folder, "ca.crl");

    /// <summary>Gets the files of the root.</summary>
    public WorkloadFiles Root => Pair("ca");

    public WorkloadFiles FilesOf(string workload) => Pair(workload) with { RevocationListPath = Lists };

    /// <summary>Forgets the authorities that Crypto made, whose keys went with its data, and what it revoked.</summary>
    public void ForgetCrypto()
    {
        using var root = Load(Root);
        if (root is not null)
            OwnerOnly.Write(Bundle, root.ExportCertificatePem() + Environment.NewLine);
        File.Delete(Lists);
    }

    /// <summary>Makes what is missing, unusable or near its end, and returns the names of what was made.</summary>
    public IReadOnlyList<string> Ensure(IEnumerable<string> workloads)
    {
        OwnerOnly.CreateFolder(folder);
        var made = new List<string>();
        using var root = EnsureRoot(made);
        Renew(workloads, root, made);
        return made;
    }

    /// <summary>Makes the leaves that are missing, unusable or near their end, and returns whose. The root stays: Crypto takes a new one over only when it starts.</summary>
    public IReadOnlyList<string> Renew(IEnumerable<string> workloads)
    {
        var made = new List<string>();
        using var root = Load(Root);
        if (root is not null && IsTrusted(root))
            Renew(workloads, root, made);
        return made;
    }

    private void Renew(IEnumerable<string> workloads, X509Certificate2 root, List<string> made)
    {
        foreach (var workload in workloads)
        {
            if (!IsGood(workload))
            {
                Issue(workload, root);
                made.Add(workload);
            }
        }
    }

    private X509Certificate2 EnsureRoot(List<string> made)
    {
        if (Load(Root) is { } existing)
        {
            // An administrator may have had Crypto remove it: then nobody trusts it, and another one begins.
            if (EndOf(existing) - Now > RootRenewal && IsTrusted(existing))
                return existing;
            existing.Dispose();
        }

        made.Add("ca");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = WorkloadCertificates.Root(key, trustDomain, Now, Now + RootLifetime);

        // The root before stays trusted until it expires. First the bundle, so that nothing is issued before it is trusted.
        var before = File.Exists(Bundle) ? File.ReadAllText(Bundle) : "";
        OwnerOnly.Write(Bundle, root.ExportCertificatePem() + Environment.NewLine + StillValid(before));
        Write(Root, key, root);
        return root;
    }

    private void Issue(string workload, X509Certificate2 root)
    {
        var files = Pair(workload);
        using var key = Key(files) ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = WorkloadCertificates.Leaf(key, workload, trustDomain, root, Now, Now + (IsService(workload) ? FirstLeafLifetime : LeafLifetime));
        Write(files, key, leaf);
    }

    private static bool IsService(string workload) => Settings.DefaultPorts.ContainsKey(workload);

    private bool IsGood(string workload)
    {
        using var leaf = Load(Pair(workload));
        return leaf is not null
            && EndOf(leaf) - Now > (IsService(workload) ? FirstLeafRenewal : LeafRenewal)
            && WorkloadCertificates.IsFor(leaf, workload, trustDomain)
            && IsTrusted(leaf);
    }

    private bool IsTrusted(X509Certificate2 certificate)
    {
        if (!File.Exists(Bundle))
            return false;

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // what was revoked stays so until it ends
        chain.ChainPolicy.VerificationTime = Now.LocalDateTime;
        chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(Bundle);
        return chain.Build(certificate);
    }

    private string StillValid(string bundle)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPem(bundle);
        return string.Join(Environment.NewLine, roots.Where(root => EndOf(root) > Now).Select(root => root.ExportCertificatePem()));
    }

    private WorkloadFiles Pair(string name) => new(Path.Combine(folder, name, "tls.crt"), Path.Combine(folder, name, "tls.key"), Bundle);

    private static void Write(WorkloadFiles files, ECDsa key, X509Certificate2 certificate)
    {
        OwnerOnly.CreateFolder(Path.GetDirectoryName(files.KeyPath)!);
        OwnerOnly.Write(files.KeyPath, key.ExportPkcs8PrivateKeyPem());
        OwnerOnly.Write(files.CertificatePath, certificate.ExportCertificatePem());
    }

    private static X509Certificate2? Load(WorkloadFiles files)
    {
        try
        {
            return File.Exists(files.CertificatePath) && File.Exists(files.KeyPath)
                ? X509Certificate2.CreateFromPemFile(files.CertificatePath, files.KeyPath)
                : null;
        }
        catch (CryptographicException)
        {
            return null; // unusable is as good as missing
        }
    }

    private static ECDsa? Key(WorkloadFiles files)
    {
        if (!File.Exists(files.KeyPath))
            return null;

        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(files.KeyPath));
            return key;
        }
        catch (Exception problem) when (problem is CryptographicException or ArgumentException)
        {
            key.Dispose();
            return null;
        }
    }

    private static DateTimeOffset EndOf(X509Certificate2 certificate) => new(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);

    private DateTimeOffset Now => time.GetUtcNow();
}
