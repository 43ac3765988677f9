using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using McpSecure.Testing;
using Microsoft.Extensions.Logging;

namespace McpSecure.Client.Tests;

[SupportedOSPlatform("linux")]
public sealed class WorkloadFilesWriterTests : IDisposable
{
    private readonly TestPki pki = new();
    private readonly CertificatePaths paths;
    private readonly MtlsOptions options;
    private readonly WorkloadFilesWriter writer;

    public WorkloadFilesWriterTests()
    {
        paths = pki.Workload("webshop");
        options = new MtlsOptions
        {
            CertificatePath = paths.Certificate,
            KeyPath = paths.Key,
            TrustBundlePath = paths.TrustBundle,
            RevocationListPath = paths.RevocationList,
            TrustDomain = TestPki.TrustDomain,
        };
        writer = new WorkloadFilesWriter(options);
    }

    public void Dispose() => pki.Dispose();

    // Somebody reads while the pair is replaced 300 times, each time with a new key: no reading may mix two of them.
    [Fact]
    public async Task WritePair_UnderAReader_IsNeverSeenMixed()
    {
        var log = new LogCapture();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        using var files = new CertificateFiles(options, TimeProvider.System, loggers.CreateLogger<CertificateFiles>());
        using var done = new CancellationTokenSource();
        var reader = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                files.Refresh();
            }
        });

        for (var i = 0; i < 300; i++)
        {
            WriteNew();
            await Task.Delay(5);
        }

        await done.CancelAsync();
        await reader;
        Assert.DoesNotContain(log.Lines, line => line.Contains("are not used", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.Contains("re-read", StringComparison.Ordinal));
    }

    [Fact]
    public void Tidy_LeavesOneGenerationForTheOwnerAlone()
    {
        for (var i = 0; i < 3; i++)
        {
            WriteNew();
        }

        writer.Tidy();
        var folder = Path.GetDirectoryName(paths.Certificate)!;
        var generation = Assert.Single(Directory.GetDirectories(folder, "..mcpsecure-*"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(generation));
        Assert.Equal(["tls.crt", "tls.key"], Directory.GetFiles(generation).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetFiles(generation), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public void WritePair_AfterSomebodyPutAFileInPlaceOfALink_IsSeenAllTheSame()
    {
        WriteNew();
        using (var other = pki.Authority.Issue(TestLeaf.Of("webshop")))
        {
            using var key = other.GetECDsaPrivateKey()!;
            File.WriteAllText(paths.Key + ".new", key.ExportPkcs8PrivateKeyPem());
            File.WriteAllText(paths.Certificate + ".new", other.ExportCertificatePem());
            File.Move(paths.Key + ".new", paths.Key, overwrite: true);
            File.Move(paths.Certificate + ".new", paths.Certificate, overwrite: true);
        }

        var written = WriteNew();

        Assert.Equal(written, File.ReadAllText(paths.Certificate));
    }

    [Fact]
    public void WhyNot_InAFolderThatIsNotThere_SaysSo()
    {
        options.RevocationListPath = Path.Combine(pki.Folder, "nowhere", "ca.crl");

        Assert.Contains("nowhere", new WorkloadFilesWriter(options).WhyNot(), StringComparison.Ordinal);
    }

    [Fact]
    public void WhyNot_WhereAllIsWell_LeavesNothingBehind()
    {
        var before = Directory.GetFileSystemEntries(Path.GetDirectoryName(paths.Certificate)!);

        Assert.Null(writer.WhyNot());
        Assert.Equal(before, Directory.GetFileSystemEntries(Path.GetDirectoryName(paths.Certificate)!));
    }

    private string WriteNew()
    {
        using var leaf = pki.Authority.Issue(TestLeaf.Of("webshop"));
        using var key = leaf.GetECDsaPrivateKey()!;
        writer.WritePair(leaf.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
        return leaf.ExportCertificatePem();
    }
}
