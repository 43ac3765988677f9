using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace McpSecure.Client.Tests;

public sealed class CertificateFilesTests : IDisposable
{
    private readonly TestPki pki = new();
    private readonly FakeClock clock = new(TimeProvider.System.GetUtcNow());

    public void Dispose() => pki.Dispose();

    [Fact]
    public void Files_ThatAreRight_SayWhoWeAre()
    {
        using var files = Open(pki.Workload("webshop"));

        Assert.Equal("spiffe://mcpsecure.local/svc/webshop", files.Current.Id.ToString());
    }

    [Fact]
    public void Files_ThatChange_AreReadAfterTheInterval()
    {
        using var files = Open(pki.Workload("webshop"));
        var before = files.Current;

        pki.Workload("webshop");
        Assert.Same(before, files.Current);
        clock.Advance(TimeSpan.FromSeconds(5));

        Assert.NotSame(before, files.Current);
    }

    [Fact]
    public void Files_ThatDoNotChange_AreNotReadAnew()
    {
        using var files = Open(pki.Workload("webshop"));
        var before = files.Current;

        clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Same(before, files.Current);
    }

    [Fact]
    public void Files_RewrittenWithTheSameLengthAndTime_AreStillSeen()
    {
        var paths = pki.Workload("webshop");
        using var files = Open(paths);
        var before = files.Current;
        var (certificate, key) = (File.GetLastWriteTimeUtc(paths.Certificate), File.GetLastWriteTimeUtc(paths.Key));

        pki.Workload("webshop");
        File.SetLastWriteTimeUtc(paths.Certificate, certificate);
        File.SetLastWriteTimeUtc(paths.Key, key);
        clock.Advance(TimeSpan.FromSeconds(5));

        Assert.NotSame(before, files.Current);
    }

    [Fact]
    public void Bundle_ThatGrows_IsReadWithTheOldCertificate()
    {
        var paths = pki.Workload("webshop");
        using var files = Open(paths);
        using var successor = TestAuthority.Root("successor");

        File.AppendAllText(paths.TrustBundle, "\n" + successor.Certificate.ExportCertificatePem());
        clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(2, files.Current.Trust.Roots.Count);
    }

    [Fact]
    public void Start_WithAMissingFile_NamesIt()
    {
        var paths = pki.Workload("webshop");
        File.Delete(paths.Key);

        var error = Assert.Throws<CertificateFilesException>(() => Open(paths));

        Assert.StartsWith($"{paths.Key} cannot be read", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_WithTheKeyOfAnother_SaysSo()
    {
        var paths = pki.Workload("webshop");

        var error = Assert.Throws<CertificateFilesException>(() => Open(paths with { Key = pki.Workload("other").Key }));

        Assert.Equal($"The key in {pki.Workload("other").Key} does not belong to the certificate in {paths.Certificate}, or is unreadable.", error.Message);
    }

    [Fact]
    public void Start_WithAnExpiredCertificate_SaysSo()
    {
        var paths = pki.Workload("webshop", TestLeaf.Of("webshop") with { Begins = TimeSpan.FromHours(-2), Ends = TimeSpan.FromHours(-1) });

        Assert.Contains("NotTimeValid", Assert.Throws<CertificateFilesException>(() => Open(paths)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_WithABundleThatDidNotIssueIt_SaysSo()
    {
        var paths = pki.Workload("webshop");
        using var stranger = TestAuthority.Root();
        File.WriteAllText(paths.TrustBundle, stranger.Certificate.ExportCertificatePem());

        Assert.Contains(paths.Certificate, Assert.Throws<CertificateFilesException>(() => Open(paths)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_WithEverythingWrong_AreRefusedAtOnce()
    {
        var services = new ServiceCollection();
        services.AddMcpSecure(options =>
        {
            options.Mtls.TrustDomain = "Not One";
            options.Addresses["crypto"] = new Uri("http://localhost:1");
            options.Addresses["audit"] = new Uri("https://localhost:1/path");
            options.Deadline = TimeSpan.Zero;
            options.MaxAttempts = 6;
        });
        using var provider = services.BuildServiceProvider();

        var error = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IOptions<McpSecureClientOptions>>().Value);

        Assert.Equal(
        [
            "Mtls:CertificatePath is not set: it names a PEM file.",
            "Mtls:KeyPath is not set: it names a PEM file.",
            "Mtls:TrustBundlePath is not set: it names a PEM file.",
            "Mtls:TrustDomain is 'Not One': it must be a SPIFFE trust domain such as mcpsecure.local.",
            "Peers:crypto is 'http://localhost:1/': it must be https://host:port.",
            "Peers:audit is 'https://localhost:1/path': it must be https://host:port.",
            "Deadline is 00:00:00: it must lie between 00:00:00.1000000 and 00:10:00.",
            "MaxAttempts is 6: it must lie between 1 and 5.",
        ], error.Failures);
    }

    private CertificateFiles Open(CertificatePaths paths)
    {
        var options = new McpSecureClientOptions();
        TestPki.Configure(options, paths);
        return new CertificateFiles(options.Mtls, clock, NullLogger<CertificateFiles>.Instance);
    }
}
