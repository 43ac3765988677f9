using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Changes certificate files under a host that serves. The files are looked at when the test says so, so nothing waits for a timer.</summary>
public sealed class CertificateRotationTests : IAsyncLifetime
{
    private readonly TestPki pki = new();
    private CertificatePaths own = null!;
    private ProbeHost host = null!;

    public async Task InitializeAsync()
    {
        own = pki.Workload(ProbeHost.Name);
        host = await ProbeHost.StartAsync(pki, own);
    }

    public async Task DisposeAsync()
    {
        await host.DisposeAsync();
        pki.Dispose();
    }

    [Fact]
    public async Task Rotation_WhileServing_ShowsInNewHandshakesAndBreaksNoConnection()
    {
        using var client = host.As("friend");
        await client.Probe.EchoAsync(new EchoRequest());
        var before = await ShownAsync();

        pki.Workload(ProbeHost.Name);
        Files.Refresh();

        Assert.NotEqual(before, await ShownAsync());
        Assert.Equal("still", (await client.Probe.EchoAsync(new EchoRequest { Text = "still" })).Text);
    }

    [Fact]
    public async Task Rotation_BySwappedSymbolicLink_IsSeen()
    {
        // As Kubernetes does it: tls.crt → ..data/tls.crt, ..data → a folder of one version.
        var one = Path.GetDirectoryName(own.Certificate)!;
        var two = Path.GetDirectoryName(pki.Workload("probe-two", TestLeaf.Of(ProbeHost.Name)).Certificate)!;
        var data = Path.Combine(pki.Folder, "..data");
        Directory.CreateSymbolicLink(data, one);
        await using var linked = await ProbeHost.StartAsync(pki, new(Path.Combine(data, "tls.crt"), Path.Combine(data, "tls.key"), Path.Combine(data, "ca.crt")));
        var before = await ShownAsync(linked);

        Directory.Delete(data);
        Directory.CreateSymbolicLink(data, two);
        linked.App.Services.GetRequiredService<CertificateFiles>().Refresh();

        Assert.NotEqual(before, await ShownAsync(linked));
    }

    [Fact]
    public async Task Rotation_ToAnEmptyFile_KeepsTheOld() => await KeepsTheOldAsync(() => File.WriteAllText(own.Certificate, ""));

    [Fact]
    public async Task Rotation_ToNonsense_KeepsTheOld() =>
        await KeepsTheOldAsync(() => File.WriteAllText(own.Certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"));

    [Fact]
    public async Task Rotation_ToAKeyOnACurveNobodyKnows_KeepsTheOldAndTheProcess() => await KeepsTheOldAsync(() =>
    {
        var key = File.ReadAllText(own.Key);
        var bytes = Convert.FromBase64String(key[PemEncoding.Find(key).Base64Data]);
        var curve = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]); // prime256v1, RFC 5480 §2.1.1.1
        bytes[curve + 7] = 0x7A;
        File.WriteAllText(own.Key, PemEncoding.WriteString("PRIVATE KEY", bytes));
    });

    [Fact]
    public async Task Rotation_OfHalfAPair_KeepsTheOldUntilItIsWhole()
    {
        var before = await ShownAsync();
        var next = pki.Workload("next", TestLeaf.Of(ProbeHost.Name));

        File.Copy(next.Certificate, own.Certificate, overwrite: true);
        Files.Refresh();
        Assert.Equal(before, await ShownAsync());

        File.Copy(next.Key, own.Key, overwrite: true);
        Files.Refresh();
        Assert.NotEqual(before, await ShownAsync());
    }

    [Fact]
    public async Task Rotation_ToAMissingFile_KeepsTheOld() => await KeepsTheOldAsync(() => File.Delete(own.Key));

    [Fact]
    public async Task Rotation_ToAnExpiredCertificate_KeepsTheOld() => await KeepsTheOldAsync(() =>
        pki.Workload(ProbeHost.Name, TestLeaf.Of(ProbeHost.Name) with { Begins = TimeSpan.FromHours(-2), Ends = TimeSpan.FromHours(-1) }));

    [Fact]
    public async Task Rotation_ToAnotherWorkloadsCertificate_KeepsTheOld() =>
        await KeepsTheOldAsync(() => pki.Workload(ProbeHost.Name, TestLeaf.Of("auth")));

    [Fact]
    public async Task Rotation_ToACertificateOfAnotherAuthority_KeepsTheOld() => await KeepsTheOldAsync(() =>
    {
        using var stranger = TestAuthority.Root();
        using var leaf = stranger.Issue(TestLeaf.Of(ProbeHost.Name));
        pki.Write(ProbeHost.Name, leaf);
    });

    [Fact]
    public void Breakage_ThatStays_IsLoggedOnce()
    {
        File.WriteAllText(own.Certificate, "");

        Files.Refresh();
        Files.Refresh();

        Assert.Single(host.Log.Lines, line => line.Contains("New certificate files are not used", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Connection_OfARemovedAuthority_IsRefusedAtItsNextCall()
    {
        using var client = host.As("friend");
        await client.Probe.EchoAsync(new EchoRequest());

        // The platform moves to another authority and drops the old one.
        using var successor = TestAuthority.Root("successor");
        using var leaf = successor.Issue(TestLeaf.Of(ProbeHost.Name));
        pki.Write(ProbeHost.Name, leaf);
        File.WriteAllText(own.TrustBundle, successor.Certificate.ExportCertificatePem());
        Files.Refresh();
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.EchoAsync(new EchoRequest()));

        var error = McpSecureError.From(refused);
        Assert.Equal((StatusCode.Unauthenticated, ErrorReason.WorkloadUnknown), (error.Status, error.Reason));
    }

    [Fact]
    public async Task Stream_OfARemovedAuthority_EndsWithItAndIsTold()
    {
        using var client = host.As("friend");
        using var stream = client.Probe.Repeat(new EchoRequest { Text = "on" });
        Assert.True(await stream.ResponseStream.MoveNext(default));

        using var successor = TestAuthority.Root("successor");
        using var leaf = successor.Issue(TestLeaf.Of(ProbeHost.Name));
        pki.Write(ProbeHost.Name, leaf);
        File.WriteAllText(own.TrustBundle, successor.Certificate.ExportCertificatePem());
        Files.Refresh();
        var ended = await Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.MoveNext(default)).WaitAsync(TimeSpan.FromSeconds(10));

        var error = McpSecureError.From(ended);
        Assert.Equal((StatusCode.Unauthenticated, ErrorReason.WorkloadUnknown), (error.Status, error.Reason));
    }

    [Fact]
    public async Task Stream_WhoseAuthorityStays_GoesOnWhenTheFilesChange()
    {
        using var client = host.As("friend");
        using var stream = client.Probe.Repeat(new EchoRequest { Text = "on" });
        Assert.True(await stream.ResponseStream.MoveNext(default));

        pki.Workload(ProbeHost.Name);
        Files.Refresh();
        var next = stream.ResponseStream.MoveNext(default);
        await Task.WhenAny(next, Task.Delay(TimeSpan.FromSeconds(1)));

        Assert.False(next.IsCompleted);
    }

    [Fact]
    public async Task Connection_ThatOutlivesItsCertificate_IsRefused()
    {
        var clock = new ShiftedClock();
        await using var timed = await ProbeHost.StartAsync(pki, configure: b => b.Services.AddSingleton<TimeProvider>(clock));
        using var client = timed.As(pki.Workload("short", TestLeaf.Of("friend") with { Ends = TimeSpan.FromMinutes(10) }));
        await client.Probe.EchoAsync(new EchoRequest());

        clock.Advance(TimeSpan.FromMinutes(11));
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.EchoAsync(new EchoRequest()));

        Assert.Equal(ErrorReason.WorkloadUnknown, McpSecureError.From(refused).Reason);
    }

    private CertificateFiles Files => host.App.Services.GetRequiredService<CertificateFiles>();

    private async Task KeepsTheOldAsync(Action breakFiles)
    {
        var before = await ShownAsync();

        breakFiles();
        Files.Refresh();

        Assert.Equal(before, await ShownAsync());
        Assert.Contains(host.Log.Lines, line => line.Contains("New certificate files are not used", StringComparison.Ordinal));
    }

    private Task<string> ShownAsync() => ShownAsync(host);

    // The serial number of the certificate that the host shows in a handshake.
    private static async Task<string> ShownAsync(ProbeHost host)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(host.GrpcAddress.Host, host.GrpcAddress.Port);
        await using var secure = new SslStream(socket.GetStream());
        var serial = "";
        await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                serial = ((X509Certificate2)certificate!).SerialNumber;
                return true;
            },
        });
        return serial;
    }
}
