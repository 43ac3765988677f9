using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using McpSecure.Testing;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Attacks the gRPC port with every kind of wrong certificate, version and protocol.</summary>
public sealed class MutualTlsTests : IAsyncLifetime
{
    private readonly TestPki pki = new() { Authority = TestAuthority.Root(leavesOnly: false) };
    private ProbeHost host = null!;

    public async Task InitializeAsync() => host = await ProbeHost.StartAsync(pki);

    public async Task DisposeAsync()
    {
        await host.DisposeAsync();
        pki.Dispose();
    }

    [Fact]
    public async Task Client_WithARightCertificate_IsLetIn()
    {
        using var leaf = pki.Authority.Issue(TestLeaf.Of("friend"));

        Assert.True(await IsLetInAsync(leaf));
    }

    [Fact]
    public async Task Client_WithoutACertificate_IsRefused()
    {
        Assert.False(await IsLetInAsync(null));
        Assert.Contains(host.Log.Lines, line => line.Contains("it showed no certificate", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Client_OfAnotherAuthority_IsRefused()
    {
        using var stranger = TestAuthority.Root("McpSecure test root"); // even of the same name
        using var leaf = stranger.Issue(TestLeaf.Of("friend"));

        Assert.False(await IsLetInAsync(leaf));
    }

    [Fact]
    public async Task Client_SelfSignedWithOurSpiffeId_IsRefused()
    {
        using var leaf = TestAuthority.SelfSigned(TestLeaf.Of("friend"));

        Assert.False(await IsLetInAsync(leaf));
    }

    [Fact]
    public async Task Client_IssuedByAnotherLeaf_IsRefused()
    {
        // A workload that is no authority tries to make itself one.
        using var signer = pki.Authority.Issue(TestLeaf.Of("friend"));
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=forged", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri("spiffe://mcpsecure.local/svc/auth"));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new(TestLeaf.ClientAuthentication)], critical: false));
        using var forged = request.Create(
            signer.SubjectName,
            X509SignatureGenerator.CreateForECDsa(signer.GetECDsaPrivateKey()!),
            new DateTimeOffset(signer.NotBefore),
            new DateTimeOffset(signer.NotAfter),
            [1, 2, 3]).CopyWithPrivateKey(key);

        Assert.False(await IsLetInAsync(forged, signer));
    }

    public static TheoryData<string, TestLeaf> WrongLeaves() => new()
    {
        { "expired", TestLeaf.Of("friend") with { Begins = TimeSpan.FromHours(-2), Ends = TimeSpan.FromHours(-1) } },
        { "not yet valid", TestLeaf.Of("friend") with { Begins = TimeSpan.FromHours(1), Ends = TimeSpan.FromHours(2) } },
        { "two SPIFFE ids", new TestLeaf("spiffe://mcpsecure.local/svc/friend", "spiffe://mcpsecure.local/svc/webshop") },
        { "a SPIFFE id and another URI", new TestLeaf("spiffe://mcpsecure.local/svc/friend", "https://friend.example") },
        { "no URI name", new TestLeaf() { DnsNames = ["friend"] } },
        { "no name at all", new TestLeaf() },
        { "another trust domain", new TestLeaf("spiffe://example.org/svc/friend") },
        { "a longer trust domain", new TestLeaf("spiffe://mcpsecure.local.example.org/svc/friend") },
        { "a path that names no workload", new TestLeaf("spiffe://mcpsecure.local/node/friend") },
        { "a path below a workload", new TestLeaf("spiffe://mcpsecure.local/svc/friend/admin") },
        { "no extended key usage", TestLeaf.Of("friend") with { Usages = null } },
        { "server authentication only", TestLeaf.Of("friend") with { Usages = [TestLeaf.ServerAuthentication] } },
        { "any extended key usage", TestLeaf.Of("friend") with { Usages = ["2.5.29.37.0"] } },
        { "a certificate authority's", TestLeaf.Of("friend") with { IsAuthority = true } },
        { "a key that signs certificates", TestLeaf.Of("friend") with { KeyUsages = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign } },
        { "a key that signs nothing", TestLeaf.Of("friend") with { KeyUsages = X509KeyUsageFlags.KeyEncipherment } },
        { "no key usage", TestLeaf.Of("friend") with { KeyUsages = null } },
    };

    [Theory]
    [MemberData(nameof(WrongLeaves))]
    public async Task Client_WithAWrongLeaf_IsRefused(string kind, TestLeaf wrong)
    {
        using var leaf = pki.Authority.Issue(wrong);

        Assert.False(await IsLetInAsync(leaf), kind);
    }

    [Fact]
    public async Task Client_WithAnIntermediate_IsLetIn()
    {
        using var intermediate = pki.Authority.Intermediate();
        using var leaf = intermediate.Issue(TestLeaf.Of("friend"));

        Assert.True(await IsLetInAsync(leaf, intermediate.Certificate));
    }

    [Fact]
    public async Task Client_SpeakingTls11_IsToldThatTheVersionIsWrong()
    {
        // .NET's own client would not even ask, so the hello is made by hand.
        using var socket = await ConnectAsync(host.GrpcAddress);

        await socket.SendAsync(ClientHello(major: 3, minor: 2));
        var answer = new byte[7];
        var read = await ReadAllAsync(socket, answer);

        Assert.Equal(7, read);
        Assert.Equal(21, answer[0]); // alert (RFC 8446 §6)
        Assert.Equal(2, answer[5]); // fatal
        Assert.Equal(70, answer[6]); // protocol_version
    }

    [Fact]
    public async Task Client_SpeakingTls12_IsLetIn()
    {
        using var leaf = pki.Authority.Issue(TestLeaf.Of("friend"));

        Assert.True(await IsLetInAsync(leaf, protocols: SslProtocols.Tls12));
    }

    [Fact]
    public async Task Client_WithWeakCipherSuitesOnly_IsRefused()
    {
        using var leaf = pki.Authority.Issue(TestLeaf.Of("friend"));
#pragma warning disable CA1416 // the tests need Postgres and Redis processes, so they never run on Windows
        var cbc = new CipherSuitesPolicy([TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256]);
#pragma warning restore CA1416

        Assert.False(await IsLetInAsync(leaf, protocols: SslProtocols.Tls12, suites: cbc));
    }

    [Fact]
    public async Task Client_SpeakingPlainHttpToTheGrpcPort_GetsNoAnswer()
    {
        using var socket = await ConnectAsync(host.GrpcAddress);

        await socket.SendAsync("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        var answer = new byte[4];

        Assert.Equal(0, await ReadAllAsync(socket, answer));
    }

    [Fact]
    public async Task Client_SpeakingHttp2InTheClearToTheGrpcPort_GetsNoAnswer()
    {
        using var socket = await ConnectAsync(host.GrpcAddress);

        await socket.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        var answer = new byte[4];

        Assert.Equal(0, await ReadAllAsync(socket, answer));
    }

    [Fact]
    public async Task Peer_OfTheCall_IsTheCertificates()
    {
        PeerIdentity? seen = null;
        host.Actions.Act = (_, context) =>
        {
            seen = context.Peer();
            return Task.FromResult(new EchoResponse());
        };
        using var client = host.As("friend");

        await client.Probe.ActAsync(new EchoRequest(), new Metadata { { "x-forwarded-for", "10.0.0.1" }, { "x-peer", "auth" } });

        Assert.Equal("friend", seen!.Name);
        Assert.Equal("spiffe://mcpsecure.local/svc/friend", seen.SpiffeId.ToString());
    }

    // In TLS 1.3 a client learns only from the first read whether the server took its certificate.
    private async Task<bool> IsLetInAsync(
        X509Certificate2? leaf, X509Certificate2? intermediate = null, SslProtocols protocols = SslProtocols.None, CipherSuitesPolicy? suites = null)
    {
        using var socket = await ConnectAsync(host.GrpcAddress);
        await using var stream = new NetworkStream(socket);
        await using var secure = new SslStream(stream);
        try
        {
            await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                ApplicationProtocols = [SslApplicationProtocol.Http2],
                EnabledSslProtocols = protocols,
                CipherSuitesPolicy = suites,
                ClientCertificateContext = leaf is null ? null : SslStreamCertificateContext.Create(leaf, intermediate is null ? [] : [intermediate], offline: true),
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            });
            await secure.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
            await secure.WriteAsync(new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 }); // SETTINGS

            // The server's SETTINGS frame, or the end.
            var frame = new byte[9];
            return await secure.ReadAtLeastAsync(frame, 9, throwOnEndOfStream: false) == 9 && frame[3] == 4;
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return false;
        }
    }

    private static async Task<Socket> ConnectAsync(Uri address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new DnsEndPoint(address.Host, address.Port));
        return socket;
    }

    private static async Task<int> ReadAllAsync(Socket socket, byte[] buffer)
    {
        try
        {
            await using var stream = new NetworkStream(socket);
            return await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (IOException)
        {
            return 0; // reset instead of closed
        }
    }

    // RFC 4346 §7.4.1.2: the record, the handshake header, version, random, no session, two suites, no compression.
    private static byte[] ClientHello(byte major, byte minor)
    {
        byte[] body = [major, minor, .. new byte[32], 0, 0, 4, 0xC0, 0x09, 0x00, 0x2F, 1, 0];
        return [22, 3, 1, 0, (byte)(body.Length + 4), 1, 0, 0, (byte)body.Length, .. body];
    }
}
