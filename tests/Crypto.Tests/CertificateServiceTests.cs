using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;

namespace McpSecure.Crypto.Tests;

[SupportedOSPlatform("linux")]
public sealed class CertificateServiceTests(CryptoPlatform platform) : IClassFixture<CryptoPlatform>
{
    private readonly TestActor administrator = platform.Actors.SignIn("root", "certificate*:*");
    private readonly CertificateService.CertificateServiceClient cli = platform.Certificates("cli");

    [Fact]
    public async Task IssueCertificate_NamesTheCaller_AndTakesOnlyTheKeyFromTheRequest()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var issued = (await platform.Certificates("webshop").IssueCertificateAsync(new() { CertificateRequest = CertificateRequests.Under(key) })).Certificate;

        using var leaf = Load(issued.Certificate_);
        Assert.Equal("CN=webshop", leaf.Subject);
        Assert.Equal(SpiffeId.ForWorkload(TestPki.TrustDomain, "webshop"), PeerVerifier.ReadId(leaf));
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), leaf.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(("webshop", 32), (issued.Workload, issued.Serial.Length));
        Assert.Equal(issued.Serial, leaf.SerialNumber.TrimStart('0').PadLeft(32, '0'), ignoreCase: true);
        var told = await platform.Audit.FindAsync("crypto.certificate.issued", one => one.Attributes.ContainsKey("serial") && one.Attributes["serial"] == issued.Serial);
        Assert.Equal(("webshop", "certificates/webshop", issued.AuthorityId), (told.Caller, told.Resource, told.Attributes["authority"]));
    }

    [Fact]
    public async Task IssueCertificate_FollowsRfc5280AndTheX509Svid()
    {
        var issued = (await platform.Certificates("webshop").IssueCertificateAsync(new() { CertificateRequest = CertificateRequests.New() })).Certificate;
        var authority = (await BundleAsync()).Single(one => one.AuthorityId == issued.AuthorityId);

        using var leaf = Load(issued.Certificate_);
        using var issuer = Load(authority.Certificate);
        var constraints = Extension<X509BasicConstraintsExtension>(leaf);
        Assert.Equal((false, true), (constraints.CertificateAuthority, constraints.Critical));
        Assert.Equal((X509KeyUsageFlags.DigitalSignature, true), (Extension<X509KeyUsageExtension>(leaf).KeyUsages, Extension<X509KeyUsageExtension>(leaf).Critical));
        Assert.Equal(
            [TestLeaf.ServerAuthentication, TestLeaf.ClientAuthentication],
            Extension<X509EnhancedKeyUsageExtension>(leaf).EnhancedKeyUsages.Cast<Oid>().Select(usage => usage.Value));
        Assert.Equal(
            Extension<X509SubjectKeyIdentifierExtension>(issuer).SubjectKeyIdentifierBytes.ToArray(),
            Extension<X509AuthorityKeyIdentifierExtension>(leaf).KeyIdentifier!.Value.ToArray());
        Assert.NotEmpty(Extension<X509SubjectKeyIdentifierExtension>(leaf).SubjectKeyIdentifierBytes.ToArray());
        Assert.Equal(TimeSpan.FromHours(24) + TimeSpan.FromMinutes(1), leaf.NotAfter - leaf.NotBefore);
        Assert.InRange(TimeProvider.System.GetUtcNow() - new DateTimeOffset(leaf.NotBefore), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2));
        var trust = new Trust([issuer], RevocationLists.None);
        Assert.IsType<PeerVerdict.Accepted>(PeerVerifier.Verify(leaf, [], trust, TestPki.TrustDomain, PeerVerifier.ServerAuthentication, TimeProvider.System.GetUtcNow()));
    }

    [Fact]
    public async Task IssueCertificate_OfEachStrongKey_IsGranted()
    {
        using var rsa2048 = RSA.Create(2048);
        using var rsa4096 = RSA.Create(4096);
        foreach (var request in new[] { CertificateRequests.On(ECCurve.NamedCurves.nistP384), CertificateRequests.Under(rsa2048), CertificateRequests.Under(rsa4096) })
        {
            await platform.Certificates("webshop").IssueCertificateAsync(new() { CertificateRequest = request });
        }
    }

    [Fact]
    public async Task IssueCertificate_OfARequestThatNamesTheCaller_IsGranted()
    {
        var request = CertificateRequests.New(one => one.CertificateExtensions.Add(CertificateRequests.Names(CertificateRequests.IdOf("audit"))));

        await platform.Certificates("audit").IssueCertificateAsync(new() { CertificateRequest = request });
    }

    [Fact]
    public async Task IssueWorkloadCertificate_ByAnAdministrator_BootstrapsAnApplication()
    {
        var issued = (await cli.IssueWorkloadCertificateAsync(new() { Workload = "weather", CertificateRequest = CertificateRequests.New() }, administrator.Metadata)).Certificate;

        using var leaf = Load(issued.Certificate_);
        Assert.Equal("weather", PeerVerifier.ReadId(leaf)!.WorkloadName);
        var told = await platform.Audit.FindAsync("crypto.certificate.issued", one => one is { Resource: "certificates/weather", Outcome: Audit.V1.Outcome.Success });
        Assert.Equal((administrator.Actor.UserId, "cli"), (told.Actor.Id, told.Caller));
    }

    [Theory]
    [InlineData("auth")]
    [InlineData("apikey")]
    [InlineData("authorization")]
    [InlineData("crypto")]
    [InlineData("audit")]
    public Task IssueWorkloadCertificate_OfAPlatformService_IsRefused(string service) =>
        cli.IssueWorkloadCertificateAsync(new() { Workload = service, CertificateRequest = CertificateRequests.New() }, administrator.Metadata)
            .AssertFieldsRefusedAsync("workload");

    [Fact]
    public async Task IssueWorkloadCertificate_WithoutTheRightOrTheSecondFactor_IsRefused()
    {
        var request = new IssueWorkloadCertificateRequest { Workload = "weather", CertificateRequest = CertificateRequests.New() };

        await cli.IssueWorkloadCertificateAsync(request).AssertRefusedAsync(ErrorReason.TokenMissing);
        await cli.IssueWorkloadCertificateAsync(request, platform.Actors.SignInWithPasswordOnly("hasty", "certificate*:*").Metadata)
            .AssertRefusedAsync(ErrorReason.StepUpRequired);
        await cli.IssueWorkloadCertificateAsync(request, platform.Actors.SignIn("other", "certificates/another:issue").Metadata)
            .AssertRefusedAsync(ErrorReason.PermissionDenied);
        await platform.Certificates("auth").IssueWorkloadCertificateAsync(request, administrator.Metadata).AssertRefusedAsync(ErrorReason.CallerNotAllowed);
    }

    [Fact]
    public async Task IssueCertificate_AtTheLimit_IsRefusedUntilOneIsRevoked()
    {
        var replica = await platform.StartUnreadyReplicaAsync(platform.ConnectionString, _ => { }, redis: null, ("Certificates:LiveLimit", "2"));
        await replica.WaitUntilReadyAsync();
        var limited = platform.Certificates("cli", replica);
        Task<IssueWorkloadCertificateResponse> IssueAsync() => limited.IssueWorkloadCertificateAsync(
            new() { Workload = "limited", CertificateRequest = CertificateRequests.New() }, administrator.Metadata).ResponseAsync;
        var first = (await IssueAsync()).Certificate;
        await IssueAsync();

        var refused = await IssueAsync().AssertRefusedAsync(ErrorReason.CertificateLimitReached);

        Assert.Equal("2", refused.Metadata["live_certificates_allowed"]);
        await limited.RevokeCertificateAsync(new() { Serial = first.Serial }, administrator.Metadata);
        await IssueAsync();
    }

    [Fact]
    public async Task ListCertificates_Pages_NewestFirst()
    {
        var serials = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            serials.Insert(0, (await cli.IssueWorkloadCertificateAsync(new() { Workload = "paged", CertificateRequest = CertificateRequests.New() }, administrator.Metadata)).Certificate.Serial);
        }

        var listed = new List<Certificate>();
        var request = new ListCertificatesRequest { PageSize = 2, Workload = "paged" };
        do
        {
            var page = await cli.ListCertificatesAsync(request, administrator.Metadata);
            listed.AddRange(page.Certificates);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        Assert.Equal(serials, listed.Select(one => one.Serial));
        Assert.All(listed, one => Assert.Null(one.RevokedAt));
    }

    [Fact]
    public async Task ListCertificates_WithATokenOfAnotherFilter_IsRefused()
    {
        for (var i = 0; i < 2; i++)
        {
            await cli.IssueWorkloadCertificateAsync(new() { Workload = "filtered", CertificateRequest = CertificateRequests.New() }, administrator.Metadata);
        }

        var token = (await cli.ListCertificatesAsync(new() { PageSize = 1, Workload = "filtered" }, administrator.Metadata)).NextPageToken;

        await cli.ListCertificatesAsync(new() { PageToken = token }, administrator.Metadata).AssertRefusedAsync(ErrorReason.PageTokenInvalid);
        await cli.ListCertificatesAsync(new() { PageToken = "nonsense" }, administrator.Metadata).AssertRefusedAsync(ErrorReason.PageTokenInvalid);
    }

    private static X509Certificate2 Load(ByteString der) => X509CertificateLoader.LoadCertificate(der.Span);

    private static T Extension<T>(X509Certificate2 certificate)
        where T : X509Extension => certificate.Extensions.OfType<T>().Single();

    private async Task<IReadOnlyList<Authority>> BundleAsync() => (await cli.GetTrustBundleAsync(new())).Authorities;
}
