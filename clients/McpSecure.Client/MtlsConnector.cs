using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace McpSecure.Client;

/// <summary>Makes connections to one peer: shows our newest certificate and accepts the one workload that is expected there.</summary>
internal sealed class MtlsConnector(CertificateFiles files, string peer, TimeSpan timeout, TimeProvider clock, ILogger<MtlsConnector> logger)
{
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        // Our own limit: what SocketsHttpHandler.ConnectTimeout ends is CANCELLED to gRPC, as if the caller had given up, and is not tried again.
        using var limit = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await ConnectAsync(context.DnsEndPoint, either.Token);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested)
        {
            throw new IOException($"{peer} did not complete the handshake within {timeout.TotalSeconds} s.", e);
        }
    }

    private async Task<Stream> ConnectAsync(DnsEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken);
            return await SecureAsync(socket, address, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<SslStream> SecureAsync(Socket socket, DnsEndPoint address, CancellationToken cancellationToken)
    {
        // The secure stream closes the network's, which closes the socket.
        var secure = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await secure.AuthenticateAsClientAsync(Options(address), cancellationToken);
            return secure;
        }
        catch (AuthenticationException e)
        {
            await secure.DisposeAsync();

            // Who cannot prove to be the peer is not the peer, so the peer is not there: UNAVAILABLE, as when nobody answers.
            throw new IOException($"{address.Host}:{address.Port} did not prove to be {peer}.", e);
        }
    }

    private SslClientAuthenticationOptions Options(DnsEndPoint address)
    {
        // One reading for the whole handshake: what we show and whom we trust belong together.
        var ours = files.Current;
        var expected = SpiffeId.ForWorkload(ours.Id.TrustDomain, peer);

        return new SslClientAuthenticationOptions
        {
            TargetHost = address.Host,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            EnabledSslProtocols = TlsRules.Protocols,
            CipherSuitesPolicy = TlsRules.CipherSuites,
            ClientCertificateContext = ours.Context,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = PeerVerifier.Policy(ours.Trust.Roots, PeerVerifier.ServerAuthentication),
            AllowRenegotiation = false,
            AllowTlsResume = false, // each connection proves its key anew
            RemoteCertificateValidationCallback = (_, certificate, chain, _) => Accept(certificate, chain, ours, expected, address),
        };
    }

    private bool Accept(X509Certificate? certificate, X509Chain? chain, WorkloadCertificate ours, SpiffeId expected, DnsEndPoint address)
    {
        var verdict = certificate is X509Certificate2 leaf
            ? PeerVerifier.Verify(leaf, chain?.ChainPolicy.ExtraStore ?? [], ours.Trust, expected.TrustDomain, PeerVerifier.ServerAuthentication, clock.GetUtcNow())
            : new PeerVerdict.Refused("it showed no certificate");

        switch (verdict)
        {
            case PeerVerdict.Accepted(var id) when id == expected:
                return true;
            case PeerVerdict.Accepted(var id):
                Log.ServerRefused(logger, $"{address.Host}:{address.Port}", expected.ToString(), $"it is {id}");
                return false;
            case PeerVerdict.Refused(var why):
                Log.ServerRefused(logger, $"{address.Host}:{address.Port}", expected.ToString(), why);
                return false;
            default:
                return false;
        }
    }
}
