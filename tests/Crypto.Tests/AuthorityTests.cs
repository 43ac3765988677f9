using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using States = McpSecure.Crypto.V1.AuthorityState;

namespace McpSecure.Crypto.Tests;

/// <summary>Each test has a database of its own, since authorities belong to the whole of it.</summary>
[SupportedOSPlatform("linux")]
public sealed class AuthorityTests : IAsyncLifetime
{
    private static readonly TimeSpan PublishAhead = TimeSpan.FromMinutes(10);

    private readonly CryptoPlatform platform = new();
    private readonly ShiftedClock clock = new();
    private ServiceHost replica = null!;
    private CertificateService.CertificateServiceClient cli = null!;
    private TestActor administrator = null!;

    private AuthorityRotation Rotation => replica.Services.GetRequiredService<AuthorityRotation>();

    public async Task InitializeAsync()
    {
        await platform.InitializeAsync();
        administrator = platform.Actors.SignIn("root", "certificate*:*");
        replica = await StartAsync();
        cli = platform.Certificates("cli", replica);
    }

    public Task DisposeAsync() => platform.DisposeAsync();

    [Fact]
    public async Task EmptyDatabase_GetsAnAuthorityWithAList()
    {
        var authority = Assert.Single(await BundleAsync());

        Assert.Equal((States.Issuing, false), (authority.State, authority.Imported));
        Assert.NotEmpty(authority.RevocationList);
        await platform.Audit.FindAsync("crypto.certificate_authority.created", one => one.Resource == $"certificate-authorities/{authority.AuthorityId}");
    }

    [Fact]
    public async Task RotateAuthority_PublishesFirst_ThenIssues_AndKeepsTheOldUntilItsLeavesHaveEnded()
    {
        var old = (await BundleAsync()).Single();
        var leaf = await IssueAsync();

        var made = (await cli.RotateAuthorityAsync(new(), administrator.Metadata)).Authority;

        Assert.Equal([(old.AuthorityId, States.Issuing), (made.AuthorityId, States.Published)], await StatesAsync());
        Assert.Equal(old.AuthorityId, (await IssueAsync()).AuthorityId);
        await cli.RotateAuthorityAsync(new(), administrator.Metadata).AssertRefusedAsync(ErrorReason.AuthorityRotating);

        clock.Advance(PublishAhead);
        Assert.Equal([(old.AuthorityId, States.Retired), (made.AuthorityId, States.Issuing)], await StatesAsync());
        Assert.Equal(made.AuthorityId, (await IssueAsync()).AuthorityId);

        clock.Advance(TimeSpan.FromHours(23.8));
        await Rotation.MaintainAsync(default);
        Assert.Contains(await BundleAsync(), one => one.AuthorityId == leaf.AuthorityId);

        clock.Advance(TimeSpan.FromMinutes(20));
        await Rotation.MaintainAsync(default);
        Assert.Equal([(made.AuthorityId, States.Issuing)], await StatesAsync());
        Assert.Equal(0, await platform.CountAsync("SELECT count(*) FROM certificate_authorities WHERE removed_at IS NOT NULL AND wrapped IS NOT NULL"));
    }

    [Fact]
    public async Task Maintenance_NearTheEndOfAnAuthority_MakesTheNextOnce()
    {
        clock.Advance(TimeSpan.FromDays(59));
        await Rotation.MaintainAsync(default);
        Assert.Single(await BundleAsync());

        clock.Advance(TimeSpan.FromDays(2));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Rotation.MaintainAsync(default)));

        Assert.Equal([States.Issuing, States.Published], (await StatesAsync()).Select(one => one.State));
    }

    [Fact]
    public async Task Maintenance_AfterTheEndOfEveryAuthority_MakesOneThatIssuesAtOnce()
    {
        clock.Advance(TimeSpan.FromDays(91));
        await cli.IssueCertificateAsync(new() { CertificateRequest = CertificateRequests.New() }).AssertRefusedAsync(ErrorReason.DependencyUnavailable);

        await Rotation.MaintainAsync(default);

        Assert.Equal([States.Issuing], (await StatesAsync()).Select(one => one.State));
        await IssueAsync();
    }

    [Fact]
    public async Task RevokeCertificate_StandsOnTheNextListOfItsAuthority()
    {
        var (one, other) = (await IssueAsync(), await IssueAsync());
        var before = Number((await BundleAsync()).Single());

        var revoked = await cli.RevokeCertificateAsync(new() { Serial = one.Serial, Reason = RevocationReason.KeyCompromise }, administrator.Metadata);

        Assert.Equal([one.Serial], revoked.Serials);
        var authority = (await BundleAsync()).Single();
        Assert.True(Number(authority) > before);
        Assert.True(Names(authority, one));
        Assert.False(Names(authority, other));
        var listed = (await cli.ListCertificatesAsync(new(), administrator.Metadata)).Certificates.Single(it => it.Serial == one.Serial);
        Assert.Equal(RevocationReason.KeyCompromise, listed.RevocationReason);
        Assert.NotNull(listed.RevokedAt);
        await platform.Audit.FindAsync("crypto.certificate.revoked", told => told.Attributes["serial"] == one.Serial && told.Attributes["why"] == "KeyCompromise");
    }

    [Fact]
    public async Task RevokeCertificate_Again_ChangesNothing()
    {
        var one = await IssueAsync();
        await cli.RevokeCertificateAsync(new() { Serial = one.Serial, Reason = RevocationReason.KeyCompromise }, administrator.Metadata);

        var again = await cli.RevokeCertificateAsync(new() { Serial = one.Serial, Reason = RevocationReason.Superseded }, administrator.Metadata);

        Assert.Empty(again.Serials);
        Assert.Equal(
            RevocationReason.KeyCompromise,
            (await cli.ListCertificatesAsync(new(), administrator.Metadata)).Certificates.Single(it => it.Serial == one.Serial).RevocationReason);
    }

    [Fact]
    public async Task RevokeCertificate_OfAWorkload_RevokesAllOfItsOwn()
    {
        var (one, two, other) = (await IssueAsync(), await IssueAsync(), await IssueAsync("other"));

        var revoked = await cli.RevokeCertificateAsync(new() { Workload = "weather" }, administrator.Metadata);

        Assert.Equal(new[] { one.Serial, two.Serial }.Order(StringComparer.Ordinal), revoked.Serials.Order(StringComparer.Ordinal));
        Assert.False(Names((await BundleAsync()).Single(), other));
    }

    [Fact]
    public async Task RevokeCertificate_ThatIsNotThere_IsRefused()
    {
        await cli.RevokeCertificateAsync(new() { Serial = "0102" }, administrator.Metadata).AssertRefusedAsync(ErrorReason.CertificateNotFound);
        await cli.RevokeCertificateAsync(new() { Workload = "nobody" }, administrator.Metadata).AssertRefusedAsync(ErrorReason.CertificateNotFound);
        await cli.RevokeCertificateAsync(new() { Serial = "0102", AuthorityId = (await BundleAsync()).Single().AuthorityId }, administrator.Metadata)
            .AssertRefusedAsync(ErrorReason.AuthorityNotFound);
        await cli.RevokeCertificateAsync(new() { Serial = "xyz" }, administrator.Metadata).AssertFieldsRefusedAsync("serial");
        await cli.RevokeCertificateAsync(new(), administrator.Metadata).AssertRefusedAsync(ErrorReason.FieldInvalid);
    }

    [Fact]
    public async Task RevocationList_IsSignedAnewAtHalfItsTime_AndForgetsWhatEndedLongAgo()
    {
        var one = await IssueAsync();
        await cli.RevokeCertificateAsync(new() { Serial = one.Serial }, administrator.Metadata);
        var before = Number((await BundleAsync()).Single());
        await Rotation.MaintainAsync(default);
        Assert.Equal(before, Number((await BundleAsync()).Single()));

        clock.Advance(TimeSpan.FromHours(12));
        await Rotation.MaintainAsync(default);
        Assert.True(Number((await BundleAsync()).Single()) > before);
        Assert.True(Names((await BundleAsync()).Single(), one));

        clock.Advance(TimeSpan.FromHours(37));
        await Rotation.MaintainAsync(default);
        Assert.False(Names((await BundleAsync()).Single(), one));
    }

    [Fact]
    public async Task RemoveAuthority_TakesARetiredOneOut_AndNoOther()
    {
        var old = (await BundleAsync()).Single().AuthorityId;
        await IssueAsync();
        var made = (await cli.RotateAuthorityAsync(new(), administrator.Metadata)).Authority.AuthorityId;
        await RemoveAsync(old, despite: true).AssertRefusedAsync(ErrorReason.AuthorityInUse);
        await RemoveAsync(made, despite: true).AssertRefusedAsync(ErrorReason.AuthorityInUse);

        clock.Advance(PublishAhead);
        await RemoveAsync(old, despite: false).AssertRefusedAsync(ErrorReason.AuthorityInUse);
        await RemoveAsync(old, despite: true);

        Assert.Equal([(made, States.Issuing)], await StatesAsync());
        await RemoveAsync(old, despite: true).AssertRefusedAsync(ErrorReason.AuthorityNotFound);
    }

    // Somebody who can write to the database, and not read the keys, would have everybody trust his own authority.
    [Fact]
    public async Task Authority_PutIntoTheDatabaseByAnother_IsPublishedToNobody()
    {
        using var stranger = TestAuthority.Root("stranger");
        await platform.TamperAsync(
            $"""
             INSERT INTO certificate_authorities (id, certificate, imported, published_at, issues_from, expires_at, key_encryption_key, wrapped)
             SELECT gen_random_uuid(), '\x{Convert.ToHexString(stranger.Certificate.RawData)}', false, published_at, issues_from, expires_at, key_encryption_key, wrapped
             FROM certificate_authorities
             """);

        await cli.GetTrustBundleAsync(new()).AssertRefusedAsync(ErrorReason.Internal);
    }

    [Fact]
    public async Task Authority_WhoseCertificateWasSwapped_IsPublishedToNobodyAndIssuesNothing()
    {
        using var stranger = TestAuthority.Root("stranger");
        await platform.TamperAsync($@"UPDATE certificate_authorities SET certificate = '\x{Convert.ToHexString(stranger.Certificate.RawData)}'");

        await cli.GetTrustBundleAsync(new()).AssertRefusedAsync(ErrorReason.Internal);
        await cli.IssueCertificateAsync(new() { CertificateRequest = CertificateRequests.New() }).AssertRefusedAsync(ErrorReason.Internal);
    }

    [Fact]
    public async Task TheOperatorsAuthority_InAnEmptyDatabase_IsTheFirst()
    {
        replica = await StartAsync(await NewDatabaseAsync(), Authority(platform.Pki.Authority));

        var first = Assert.Single((await platform.Certificates("webshop", replica).GetTrustBundleAsync(new())).Authorities);
        Assert.Equal((States.Issuing, true), (first.State, first.Imported));
        Assert.Equal(platform.Pki.Authority.Certificate.RawData, first.Certificate.ToByteArray());
        await platform.Audit.FindAsync("crypto.certificate_authority.imported", one => one.Resource == $"certificate-authorities/{first.AuthorityId}");
    }

    [Fact]
    public async Task TheOperatorsAuthority_BesideOneMadeHere_IsTrustedAndDoesNotIssue()
    {
        var own = (await BundleAsync()).Single();
        var later = await StartAsync(platform.ConnectionString, Authority(platform.Pki.Authority));
        var again = await StartAsync(platform.ConnectionString, Authority(platform.Pki.Authority));

        Assert.Equal([(own.AuthorityId, States.Issuing), ("imported", States.Retired)], (await BundleAsync()).Select(one => (one.Imported ? "imported" : one.AuthorityId, one.State)));
        Assert.NotSame(later, again);
    }

    // A lost certificate must not be traded for a new one in the moment before the peers have heard of its end.
    [Fact]
    public async Task IssueCertificate_WithARevokedCertificate_IsRefusedAtOnce()
    {
        replica = await StartAsync(await NewDatabaseAsync(), Authority(platform.Pki.Authority));
        cli = platform.Certificates("cli", replica);
        using var stolen = TestPki.Clients(await FilesAsync("webshop"), ("crypto", replica.GrpcAddress));
        var thief = stolen.GetRequiredService<CertificateService.CertificateServiceClient>();
        await thief.IssueCertificateAsync(new() { CertificateRequest = CertificateRequests.New() });

        await cli.RevokeCertificateAsync(new() { Workload = "webshop", Reason = RevocationReason.KeyCompromise }, administrator.Metadata);

        await thief.IssueCertificateAsync(new() { CertificateRequest = CertificateRequests.New() }).AssertRefusedAsync(ErrorReason.WorkloadUnknown);
    }

    [Fact]
    public async Task IssueCertificate_WithALeafOfARemovedAuthority_IsRefusedAtOnce()
    {
        replica = await StartAsync(await NewDatabaseAsync(), Authority(platform.Pki.Authority));
        cli = platform.Certificates("cli", replica);
        var imported = (await BundleAsync()).Single().AuthorityId;
        await cli.RotateAuthorityAsync(new(), administrator.Metadata);
        clock.Advance(PublishAhead - TimeSpan.FromMinutes(1));
        await platform.Certificates("webshop", replica).IssueCertificateAsync(new() { CertificateRequest = CertificateRequests.New() });

        clock.Advance(TimeSpan.FromMinutes(1));
        await RemoveAsync(imported, despite: true);

        await platform.Certificates("webshop", replica).IssueCertificateAsync(new() { CertificateRequest = CertificateRequests.New() })
            .AssertRefusedAsync(ErrorReason.WorkloadUnknown);
    }

    [Theory]
    [InlineData("open", "chmod 600")]
    [InlineData("other key", "cannot be used")]
    [InlineData("leaf", "none of an authority")]
    [InlineData("missing", "cannot be used")]
    [InlineData("authorities below", "it may have authorities below it, and our revocation lists do not reach what they issue: its basic constraints must have pathLenConstraint 0.")]
    [InlineData("chain", "must hold one certificate, the root's: what it issues has no intermediates.")]
    public async Task TheOperatorsAuthority_ThatCannotBeUsed_KeepsTheServiceUnready(string flaw, string said)
    {
        var paths = Authority(platform.Pki.Authority);
        using var other = TestAuthority.Root();
        using var superior = TestAuthority.Root(leavesOnly: false);
        using var leaf = platform.Pki.Authority.Issue(TestLeaf.Of("auth"));
        switch (flaw)
        {
            case "open":
                File.SetUnixFileMode(paths[1].Value, UnixFileMode.UserRead | UnixFileMode.OtherRead);
                break;
            case "other key":
                paths[1] = Authority(other)[1];
                break;
            case "leaf":
                await File.WriteAllTextAsync(paths[0].Value, leaf.ExportCertificatePem());
                break;
            case "authorities below":
                paths = Authority(superior);
                break;
            case "chain":
                using (var intermediate = superior.Intermediate())
                {
                    await File.AppendAllTextAsync(paths[0].Value, $"\n{intermediate.Certificate.ExportCertificatePem()}");
                }

                break;
            default:
                File.Delete(paths[0].Value);
                break;
        }

        var log = new LogCapture();
        var unready = await platform.StartUnreadyReplicaAsync(
            platform.ConnectionString, services => services.AddSingleton<ILoggerProvider>(log), redis: null, paths);

        Assert.Contains(said, await log.FindAsync("The keys stay closed"), StringComparison.Ordinal);
        Assert.False(unready.Services.GetRequiredService<KeyHierarchyStartup>().IsOpen);
        Assert.Single(await BundleAsync());
    }

    private static long Number(Authority authority)
    {
        CertificateRevocationListBuilder.Load(authority.RevocationList.ToByteArray(), out var number, out _);
        return (long)number;
    }

    private static bool Names(Authority authority, Certificate certificate) =>
        CertificateRevocationListBuilder.Load(authority.RevocationList.ToByteArray(), out _, out _).RemoveEntry(Convert.FromHexString(certificate.Serial));

    private static (string Name, string Value)[] Authority(TestAuthority authority)
    {
        var folder = Directory.CreateTempSubdirectory("mcpsecure-authority-").FullName;
        var (certificate, keyFile) = (Path.Combine(folder, "ca.crt"), Path.Combine(folder, "ca.key"));
        using var key = authority.Certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(certificate, authority.Certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return [("Certificates:Authority:CertificatePath", certificate), ("Certificates:Authority:KeyPath", keyFile)];
    }

    // A certificate that Crypto issued, as files.
    private async Task<CertificatePaths> FilesAsync(string workload)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issued = (await platform.Certificates(workload, replica).IssueCertificateAsync(new() { CertificateRequest = CertificateRequests.Under(key) })).Certificate;
        using var leaf = X509CertificateLoader.LoadCertificate(issued.Certificate_.Span);
        using var pair = leaf.CopyWithPrivateKey(key);
        return platform.Pki.Write($"{workload}-issued", pair);
    }

    private async Task<ServiceHost> StartAsync(string? connectionString = null, params (string Name, string Value)[] settings)
    {
        var started = await platform.StartUnreadyReplicaAsync(
            connectionString ?? platform.ConnectionString,
            services =>
            {
                // Only these follow the clock that is advanced: the certificates of the connections do not last that long.
                Follow<RevocationListSigning>(services);
                Follow<AuthorityRotation>(services);
                Follow<CertificateIssuer>(services);
                Follow<CertificateRevocation>(services);
                Follow<CertificateGrpcService>(services);
            },
            redis: null,
            [("Certificates:PublishAhead", $"{PublishAhead}"), .. settings]);
        await started.WaitUntilReadyAsync();
        return started;
    }

    private static async Task<string> NewDatabaseAsync() => await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

    private void Follow<T>(IServiceCollection services)
        where T : class => services.Replace(ServiceDescriptor.Singleton(provider => ActivatorUtilities.CreateInstance<T>(provider, clock)));

    private async Task<IReadOnlyList<Authority>> BundleAsync() => (await cli.GetTrustBundleAsync(new())).Authorities;

    private async Task<IEnumerable<(string Id, States State)>> StatesAsync() => (await BundleAsync()).Select(one => (one.AuthorityId, one.State));

    private async Task<Certificate> IssueAsync(string workload = "weather") =>
        (await cli.IssueWorkloadCertificateAsync(new() { Workload = workload, CertificateRequest = CertificateRequests.New() }, administrator.Metadata)).Certificate;

    private Grpc.Core.AsyncUnaryCall<RemoveAuthorityResponse> RemoveAsync(string id, bool despite) =>
        cli.RemoveAuthorityAsync(new() { AuthorityId = id, DespiteLiveCertificates = despite }, administrator.Metadata);
}
