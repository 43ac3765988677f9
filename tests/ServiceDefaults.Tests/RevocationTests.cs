using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.ServiceDefaults.Tests;

public sealed class RevocationTests : IAsyncLifetime
{
    private readonly TestPki pki = new();
    private CertificatePaths own = null!;
    private ProbeHost host = null!;

    private CertificateFiles Files => host.App.Services.GetRequiredService<CertificateFiles>();

    public async Task InitializeAsync()
    {
        own = pki.Workload(ProbeHost.Name);
        await File.WriteAllTextAsync(own.RevocationList, pki.Authority.SignList(1));
        host = await ProbeHost.StartAsync(pki, own, settings: ("Mtls:RevocationListPath", own.RevocationList));
    }

    public async Task DisposeAsync()
    {
        await host.DisposeAsync();
        pki.Dispose();
    }

    [Fact]
    public async Task RevokedCertificate_OnANewConnection_IsRefused()
    {
        using var leaf = pki.Authority.Issue(TestLeaf.Of("friend"));
        var paths = pki.Write("friend", leaf);
        Revoke(2, leaf);

        using var client = host.As(paths, options => options.MaxAttempts = 1);
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.EchoAsync(new EchoRequest()));

        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        await host.Log.FindAsync("was revoked");
    }

    [Fact]
    public async Task RevokedCertificate_OnAnOpenConnection_IsRefusedAtItsNextCall()
    {
        using var leaf = pki.Authority.Issue(TestLeaf.Of("friend"));
        using var client = host.As(pki.Write("friend", leaf));
        await client.Probe.EchoAsync(new EchoRequest());

        Revoke(2, leaf);
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.EchoAsync(new EchoRequest()));

        Assert.Equal(ErrorReason.WorkloadUnknown, McpSecureError.From(refused).Reason);
    }

    [Fact]
    public async Task RevokedCertificate_WithAnOpenStream_IsCutOff()
    {
        using var leaf = pki.Authority.Issue(TestLeaf.Of("friend"));
        using var client = host.As(pki.Write("friend", leaf));
        using var stream = client.Probe.Repeat(new EchoRequest());
        Assert.True(await stream.ResponseStream.MoveNext(default));

        Revoke(2, leaf);

        await Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.MoveNext(default)).WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task RevokedCertificate_OfAServer_IsRefusedByItsClients()
    {
        using var leaf = pki.Authority.Issue(TestLeaf.Of(ProbeHost.Name));
        await using var revoked = await ProbeHost.StartAsync(pki, pki.Write("revoked", leaf));
        var paths = pki.Workload("friend");
        await File.WriteAllTextAsync(paths.RevocationList, pki.Authority.SignList(2, leaf));

        using var client = revoked.As(paths, options =>
        {
            options.Mtls.RevocationListPath = paths.RevocationList;
            options.MaxAttempts = 1;
        });

        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.EchoAsync(new EchoRequest()))).StatusCode);
    }

    [Fact]
    public async Task RevokedCertificate_OfItsOwn_MakesTheServiceUnready()
    {
        using var leaf = X509CertificateLoader.LoadCertificateFromFile(own.Certificate);
        Revoke(2, leaf);

        Assert.True(Files.Current.IsRevoked);
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(host.HealthAddress, "/health"));
        Assert.False(answer.IsSuccessStatusCode);
        await host.Log.FindAsync("was revoked: peers refuse it");
    }

    // Whoever brings back the list from before would make a revoked certificate good again.
    [Fact]
    public async Task RevocationList_Older_IsNotTaken()
    {
        using var leaf = pki.Authority.Issue(TestLeaf.Of("friend"));
        Revoke(3, leaf);

        Revoke(2);

        using var client = host.As(pki.Write("friend", leaf), options => options.MaxAttempts = 1);
        await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.EchoAsync(new EchoRequest()));
        await host.Log.FindAsync("was replaced by an older one or by none");
    }

    [Fact]
    public Task RevocationList_Removed_KeepsTheOld() => KeepsTheOldAsync(() => File.Delete(own.RevocationList), "cannot be read");

    [Fact]
    public Task RevocationList_Emptied_KeepsTheOld() => KeepsTheOldAsync(() => File.WriteAllText(own.RevocationList, ""), "by an older one or by none");

    [Fact]
    public Task RevocationList_ForgedInTheAuthoritysName_KeepsTheOld() => KeepsTheOldAsync(
        () =>
        {
            using var forger = TestAuthority.Root(); // of the same name
            File.WriteAllText(own.RevocationList, forger.SignList(9));
        },
        "is not signed by it");

    [Fact]
    public Task RevocationList_OfNonsense_KeepsTheOld() => KeepsTheOldAsync(
        () => File.WriteAllText(own.RevocationList, "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"), "cannot be read");

    [Fact]
    public Task RevocationList_OfAnotherKind_KeepsTheOld() => KeepsTheOldAsync(
        () => File.WriteAllText(own.RevocationList, pki.Authority.Certificate.ExportCertificatePem()), "no revocation list");

    [Fact]
    public void RevocationList_OfAnAuthorityThatIsNotTrusted_RevokesNothing()
    {
        using var stranger = TestAuthority.Root("stranger");
        using var leaf = X509CertificateLoader.LoadCertificateFromFile(own.Certificate);
        File.WriteAllText(own.RevocationList, pki.Authority.SignList(2) + stranger.SignList(5, leaf));

        Files.Refresh();

        Assert.False(Files.Current.IsRevoked);
    }

    [Fact]
    public async Task RevocationList_ThatIsStale_StaysInForceAndIsToldOnce()
    {
        using var leaf = pki.Authority.Issue(TestLeaf.Of("friend"));
        await File.WriteAllTextAsync(own.RevocationList, pki.Authority.SignList(2, TimeSpan.FromMinutes(-1), leaf));
        for (var i = 0; i < 3; i++)
        {
            Files.Refresh();
        }

        using var revoked = host.As(pki.Write("friend", leaf), options => options.MaxAttempts = 1);
        await Assert.ThrowsAsync<RpcException>(async () => await revoked.Probe.EchoAsync(new EchoRequest()));
        using var other = host.As("friend");
        await other.Probe.EchoAsync(new EchoRequest());
        Assert.Single(host.Log.Lines, line => line.Contains("were due to be replaced", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RevocationList_ThatIsNotThereAtTheStart_RevokesNothingUntilItIs()
    {
        var paths = pki.Workload(ProbeHost.Name);
        File.Delete(paths.RevocationList);
        await using var started = await ProbeHost.StartAsync(pki, paths, settings: ("Mtls:RevocationListPath", paths.RevocationList));
        using var leaf = pki.Authority.Issue(TestLeaf.Of("friend"));
        using var client = started.As(pki.Write("friend", leaf));
        await client.Probe.EchoAsync(new EchoRequest());

        await File.WriteAllTextAsync(paths.RevocationList, pki.Authority.SignList(1, leaf));
        started.App.Services.GetRequiredService<CertificateFiles>().Refresh();

        await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.EchoAsync(new EchoRequest()));
    }

    private async Task KeepsTheOldAsync(Action breakFiles, string said)
    {
        using var leaf = pki.Authority.Issue(TestLeaf.Of("friend"));
        Revoke(2, leaf);

        breakFiles();
        Files.Refresh();

        using var client = host.As(pki.Write("friend", leaf), options => options.MaxAttempts = 1);
        await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.EchoAsync(new EchoRequest()));
        await host.Log.FindAsync(said);
    }

    private void Revoke(long number, params X509Certificate2[] certificates)
    {
        File.WriteAllText(own.RevocationList, pki.Authority.SignList(number, certificates));
        Files.Refresh();
    }
}
