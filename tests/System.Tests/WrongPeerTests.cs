using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using McpSecure.Testing;

namespace McpSecure.SystemTests;

/// <summary>Knocks at every service's gRPC port as somebody who must not come in.</summary>
[Collection(PlatformTests.Name)]
public sealed class WrongPeerTests(PlatformFixture fixture)
{
    // RFC 9113 §3.4: what a client says first; a server that takes it answers with its settings.
    private static readonly byte[] Preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0];

    private readonly Platform platform = fixture.Platform;

    [Fact]
    public async Task Peer_WithTheRightCertificate_ComesIn()
    {
        using var right = platform.Pki.Authority.Issue(TestLeaf.Of("cli"));

        await AssertEveryServiceAsync(right, SslProtocols.Tls12, comesIn: true);
        await AssertEveryServiceAsync(right, SslProtocols.Tls13, comesIn: true);
    }

    [Fact]
    public Task Peer_WithNoCertificate_StaysOut() => AssertEveryServiceAsync(certificate: null);

    [Fact]
    public async Task Peer_OfAnotherAuthority_StaysOut()
    {
        using var other = TestAuthority.Root();
        using var certificate = other.Issue(TestLeaf.Of("cli"));

        await AssertEveryServiceAsync(certificate);
    }

    [Fact]
    public async Task Peer_WhoseCertificateExpired_StaysOut()
    {
        using var certificate = platform.Pki.Authority.Issue(TestLeaf.Of("cli") with { Begins = TimeSpan.FromHours(-2), Ends = TimeSpan.FromHours(-1) });

        await AssertEveryServiceAsync(certificate);
    }

    [Fact]
    public async Task Peer_OfAnotherTrustDomain_StaysOut()
    {
        using var certificate = platform.Pki.Authority.Issue(new TestLeaf("spiffe://elsewhere.local/svc/cli"));

        await AssertEveryServiceAsync(certificate);
    }

    [Fact]
    public async Task Peer_WithTls11_StaysOut()
    {
        using var certificate = platform.Pki.Authority.Issue(TestLeaf.Of("cli"));

#pragma warning disable SYSLIB0039, CA5397 // the point of the test
        await AssertEveryServiceAsync(certificate, SslProtocols.Tls11);
#pragma warning restore SYSLIB0039, CA5397
    }

    [Fact]
    public async Task Peer_WithPlainHttp_GetsNoAnswer()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };

        foreach (var service in platform.Services)
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri($"http://localhost:{service.GrpcPort}/health")));
        }
    }

    private async Task AssertEveryServiceAsync(X509Certificate2? certificate, SslProtocols protocols = SslProtocols.None, bool comesIn = false)
    {
        foreach (var service in platform.Services)
        {
            Assert.Equal(comesIn, await ComesInAsync(service.GrpcPort, certificate, protocols));
        }
    }

    private static async Task<bool> ComesInAsync(int port, X509Certificate2? certificate, SslProtocols protocols)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var client = new TcpClient();
        await client.ConnectAsync("localhost", port, limit.Token);
        await using var secure = new SslStream(client.GetStream());

        try
        {
            await secure.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    ApplicationProtocols = [SslApplicationProtocol.Http2],
                    EnabledSslProtocols = protocols,
                    ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
#pragma warning disable CA5359 // the server is not what is tested here
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
                },
                limit.Token);

            // With TLS 1.3 the client is done before the server has looked at its certificate; only an answer tells.
            await secure.WriteAsync(Preface, limit.Token);

            return await secure.ReadAsync(new byte[9], limit.Token) > 0;
        }
        catch (Exception refused) when (refused is IOException or AuthenticationException)
        {
            return false;
        }
    }
}
