using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpSecure.Testing;

namespace McpSecure.AppHost.Tests;

public sealed class DevelopmentCertificatesTests : IDisposable
{
    private const string Domain = "mcpsecure.local";

    private readonly TemporaryFolder folder = new();
    private readonly FakeClock clock = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Ensure_OnFirstStart_MakesARootAndALeafForEachWorkload()
    {
        var made = Authority().Ensure(["auth", "cli"]);

        Assert.Equal(["ca", "auth", "cli"], made);
        using var leaf = Leaf("auth");
        var names = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(["localhost"], names.EnumerateDnsNames());
        Assert.Contains("URI:spiffe://mcpsecure.local/svc/auth", names.Format(multiLine: false), StringComparison.Ordinal);
        Assert.Equal(
            ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
            leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(usage => usage.Value));
        using var key = leaf.GetECDsaPublicKey()!;
        Assert.Equal(ECCurve.NamedCurves.nistP256.Oid.Value, key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value);
        Assert.True(IsTrusted(leaf));
    }

    [Fact]
    public void Ensure_WhileEverythingIsFresh_ChangesNothing()
    {
        Authority().Ensure(["auth"]);
        var before = File.ReadAllText(Authority().FilesOf("auth").CertificatePath);

        Assert.Empty(Authority().Ensure(["auth"]));
        Assert.Equal(before, File.ReadAllText(Authority().FilesOf("auth").CertificatePath));
    }

    [Fact]
    public void Ensure_NearTheEndOfALeaf_RenewsItUnderTheSameKey()
    {
        Authority().Ensure(["auth"]);
        var key = File.ReadAllText(Authority().FilesOf("auth").KeyPath);
        using var before = Leaf("auth");

        clock.Advance(TimeSpan.FromDays(21));
        var made = Authority().Ensure(["auth"]);

        Assert.Equal(["auth"], made);
        using var after = Leaf("auth");
        Assert.True(after.NotAfter > before.NotAfter);
        Assert.Equal(key, File.ReadAllText(Authority().FilesOf("auth").KeyPath));
    }

    [Fact]
    public void Ensure_NearTheEndOfTheRoot_TrustsTheOldOneUntilItsLeavesAreGone()
    {
        Authority().Ensure(["auth"]);
        clock.Advance(TimeSpan.FromDays(671));
        Authority().Ensure(["auth"]);
        using var underTheOld = Leaf("auth");

        Assert.True(IsTrusted(underTheOld));
        clock.Advance(TimeSpan.FromDays(21));
        Authority().Ensure(["auth"]);

        using var underTheNew = Leaf("auth");
        Assert.True(IsTrusted(underTheNew));
        Assert.Equal(2, Bundle().Count);
        clock.Advance(TimeSpan.FromDays(650));
        Assert.Contains("ca", Authority().Ensure(["auth"]));
        Assert.Equal(2, Bundle().Count);
    }

    [Fact]
    public void Ensure_AfterAChangeOfTheTrustDomain_IssuesAnew()
    {
        Authority().Ensure(["auth"]);

        var made = new DevelopmentCertificates(folder.Path, "example.org", clock).Ensure(["auth"]);

        Assert.Contains("auth", made);
        using var leaf = Leaf("auth");
        Assert.True(WorkloadCertificates.IsFor(leaf, "auth", "example.org"));
        Assert.False(WorkloadCertificates.IsFor(leaf, "auth", Domain));
    }

    [Fact]
    public void Ensure_OnALeafOfAnotherRoot_IssuesAnew()
    {
        using var elsewhere = new TemporaryFolder();
        var other = new DevelopmentCertificates(elsewhere.Path, Domain, clock);
        other.Ensure(["auth"]);
        Authority().Ensure(["auth"]);
        File.Copy(other.FilesOf("auth").CertificatePath, Authority().FilesOf("auth").CertificatePath, overwrite: true);
        File.Copy(other.FilesOf("auth").KeyPath, Authority().FilesOf("auth").KeyPath, overwrite: true);

        Assert.Equal(["auth"], Authority().Ensure(["auth"]));
        using var leaf = Leaf("auth");
        Assert.True(IsTrusted(leaf));
    }

    [Fact]
    public void Ensure_OnADamagedKey_IssuesAnewWithAnother()
    {
        Authority().Ensure(["auth"]);
        File.WriteAllText(Authority().FilesOf("auth").KeyPath, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");

        Assert.Equal(["auth"], Authority().Ensure(["auth"]));
        using var leaf = Leaf("auth");
        Assert.True(leaf.HasPrivateKey);
    }

    [Fact]
    public void Ensure_OnAServiceThatCryptoCertified_LeavesItAlone()
    {
        Authority().Ensure(["auth"]);
        using var crypto = CryptosAuthority();
        CertifyByCrypto(crypto, "auth", TimeSpan.FromHours(2));

        Assert.Empty(Authority().Ensure(["auth"]));
    }

    // The machine was off until the certificates of a day had ended, and Crypto had rotated its authority before.
    [Fact]
    public void Ensure_AfterDaysSwitchedOff_BootstrapsUnderTheRootThatEverybodyStillTrusts()
    {
        Authority().Ensure(["auth"]);
        using var crypto = CryptosAuthority();
        CertifyByCrypto(crypto, "auth", TimeSpan.FromHours(24));
        clock.Advance(TimeSpan.FromDays(3));

        Assert.Equal(["auth"], Authority().Ensure(["auth"]));

        using var leaf = Leaf("auth");
        Assert.True(IsTrusted(leaf));
        Assert.Equal(2, Bundle().Count);
    }

    [Fact]
    public void Renew_OfAServiceThatCryptoDidNotRenewInTime_Helps()
    {
        Authority().Ensure(["auth", "weather"]);
        clock.Advance(TimeSpan.FromHours(2.5));
        Assert.Empty(Authority().Renew(["auth", "weather"]));

        clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal(["auth"], Authority().Renew(["auth", "weather"]));
    }

    [Fact]
    public void ForgetCrypto_LeavesOneRoot_AndTheCallersTheirCertificates()
    {
        Authority().Ensure(["auth", "weather"]);
        using var crypto = CryptosAuthority();
        CertifyByCrypto(crypto, "auth", TimeSpan.FromHours(24));
        File.WriteAllText(Authority().FilesOf("auth").RevocationListPath!, "a list of the platform before");

        Authority().ForgetCrypto();

        Assert.Single(Bundle());
        Assert.False(File.Exists(Authority().FilesOf("auth").RevocationListPath));
        Assert.Equal(["auth"], Authority().Ensure(["auth", "weather"]));
    }

    [Fact]
    public void Root_ThatWasRemovedFromTheBundle_IssuesNothing_AndTheNextStartMakesAnother()
    {
        Authority().Ensure(["weather"]);
        using var crypto = CryptosAuthority();
        File.WriteAllText(Authority().Root.TrustBundlePath, crypto.ExportCertificatePem());
        clock.Advance(TimeSpan.FromDays(29));

        Assert.Empty(Authority().Renew(["weather"]));
        Assert.Equal(["ca", "weather"], Authority().Ensure(["weather"]));
        using var leaf = Leaf("weather");
        Assert.True(IsTrusted(leaf));
    }

    // What a service finds in its files after Crypto rotated its authority and certified it.
    private X509Certificate2 CryptosAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = WorkloadCertificates.Root(key, Domain, clock.GetUtcNow(), clock.GetUtcNow().AddDays(90));
        File.AppendAllText(Authority().Root.TrustBundlePath, authority.ExportCertificatePem());
        return authority;
    }

    private void CertifyByCrypto(X509Certificate2 authority, string workload, TimeSpan lifetime)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = WorkloadCertificates.Leaf(key, workload, Domain, authority, clock.GetUtcNow(), clock.GetUtcNow() + lifetime);
        File.WriteAllText(Authority().FilesOf(workload).KeyPath, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Authority().FilesOf(workload).CertificatePath, leaf.ExportCertificatePem());
    }

    private DevelopmentCertificates Authority() => new(folder.Path, Domain, clock);

    private X509Certificate2 Leaf(string workload) =>
        X509Certificate2.CreateFromPemFile(Authority().FilesOf(workload).CertificatePath, Authority().FilesOf(workload).KeyPath);

    private X509Certificate2Collection Bundle()
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(Authority().FilesOf("auth").TrustBundlePath);
        return roots;
    }

    private bool IsTrusted(X509Certificate2 leaf)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = clock.GetUtcNow().LocalDateTime;
        chain.ChainPolicy.CustomTrustStore.AddRange(Bundle());
        return chain.Build(leaf);
    }
}
