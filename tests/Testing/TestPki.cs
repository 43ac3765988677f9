using System.Security.Cryptography.X509Certificates;
using McpSecure.Client;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.Testing;

/// <summary>Makes the certificates of a platform of tests, as files in a folder of their own, and clients that use them.</summary>
public sealed class TestPki : IDisposable
{
    public const string TrustDomain = "mcpsecure.local";

    /// <summary>Gets the authority that every workload of this platform trusts.</summary>
    public TestAuthority Authority { get; init; } = TestAuthority.Root();

    /// <summary>Gets the folder that the files are in.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("mcpsecure-pki-").FullName;

    /// <summary>Issues a right certificate for a workload and writes its files.</summary>
    public CertificatePaths Workload(string name)
    {
        using var leaf = Authority.Issue(TestLeaf.Of(name));
        return Write(name, leaf);
    }

    /// <summary>Issues a certificate of any kind and writes its files under a name.</summary>
    public CertificatePaths Workload(string name, TestLeaf kind)
    {
        using var leaf = Authority.Issue(kind);
        return Write(name, leaf);
    }

    /// <summary>Writes a certificate, its key and intermediates, and this authority as what it trusts.</summary>
    public CertificatePaths Write(string name, X509Certificate2 leaf, params X509Certificate2[] intermediates)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, name)).FullName;
        var paths = new CertificatePaths(Path.Combine(folder, "tls.crt"), Path.Combine(folder, "tls.key"), Path.Combine(folder, "ca.crt"));
        using var key = leaf.GetECDsaPrivateKey() ?? throw new ArgumentException("The certificate has no key.", nameof(leaf));

        File.WriteAllText(paths.Key, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(paths.Certificate, string.Join('\n', intermediates.Prepend(leaf).Select(c => c.ExportCertificatePem())));
        File.WriteAllText(paths.TrustBundle, Authority.Certificate.ExportCertificatePem());
        return paths;
    }

    /// <summary>Writes the authority itself for whoever takes it over, its key for the owner alone.</summary>
    public (string Certificate, string Key) WriteAuthority()
    {
        var (certificate, keyFile) = (Path.Combine(Folder, "root.crt"), Path.Combine(Folder, "root.pem"));
        using var key = Authority.Certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(certificate, Authority.Certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return (certificate, keyFile);
    }

    /// <summary>Gives the typed clients of a workload that calls services of the platform at these addresses.</summary>
    public ServiceProvider Clients(string workload, params (string Peer, Uri Address)[] peers) => Clients(Workload(workload), peers);

    /// <summary>Gives the typed clients of whoever has these files.</summary>
    public static ServiceProvider Clients(CertificatePaths paths, params (string Peer, Uri Address)[] peers)
    {
        var services = new ServiceCollection();
        services.AddMcpSecure(options => Configure(options, paths, peers));
        return services.BuildServiceProvider();
    }

    /// <summary>Sets up a client's options for whoever has these files.</summary>
    public static void Configure(McpSecureClientOptions options, CertificatePaths paths, params (string Peer, Uri Address)[] peers)
    {
        options.Mtls.CertificatePath = paths.Certificate;
        options.Mtls.KeyPath = paths.Key;
        options.Mtls.TrustBundlePath = paths.TrustBundle;
        options.Mtls.TrustDomain = TrustDomain;
        foreach (var (peer, address) in peers)
        {
            options.Addresses[peer] = address;
        }
    }

    public void Dispose()
    {
        Authority.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
