using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.Client;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Calls with bytes of the test's choice, over the right certificates: what no generated client would send.</summary>
public sealed class RawCall : IDisposable
{
    private readonly HttpClient client;

    public RawCall(ProbeHost host, string workload)
    {
        var paths = host.Pki.Workload(workload);
        var leaf = X509Certificate2.CreateFromPemFile(paths.Certificate, paths.Key);
        client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificateContext = SslStreamCertificateContext.Create(leaf, [], offline: true),
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            },
        })
        {
            BaseAddress = host.GrpcAddress,
            Timeout = TimeSpan.FromSeconds(30),
        };
    }

    /// <summary>Puts a message's bytes in a frame (gRPC over HTTP2: compressed flag, length, message).</summary>
    public static byte[] Frame(ReadOnlySpan<byte> message, byte compressed = 0) =>
        [compressed, (byte)(message.Length >> 24), (byte)(message.Length >> 16), (byte)(message.Length >> 8), (byte)message.Length, .. message];

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        request.Version = new Version(2, 0);
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        return client.SendAsync(request);
    }

    /// <summary>Posts a body to a rpc and gives what the call ended with.</summary>
    public async Task<(StatusCode Status, McpSecureError Error)> PostAsync(string rpc, byte[] body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(client.BaseAddress!.GetLeftPart(UriPartial.Authority) + rpc)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        var status = (StatusCode)int.Parse(Header(response, "grpc-status") ?? throw new InvalidOperationException($"No grpc-status, HTTP {(int)response.StatusCode}."));
        var trailers = new Metadata();
        if (Header(response, "grpc-status-details-bin") is { } details)
        {
            trailers.Add("grpc-status-details-bin", Convert.FromBase64String(details.PadRight((details.Length + 3) / 4 * 4, '=')));
        }

        return (status, McpSecureError.From(new RpcException(new Status(status, Uri.UnescapeDataString(Header(response, "grpc-message") ?? "")), trailers)));
    }

    public Task<(StatusCode Status, McpSecureError Error)> PostAsync(string rpc, IMessage message) => PostAsync(rpc, Frame(message.ToByteArray()));

    /// <summary>Asserts how a call ended.</summary>
    public static void AssertRefused((StatusCode Status, McpSecureError Error) answer, StatusCode status, ErrorReason reason)
    {
        Assert.Equal((status, reason), (answer.Status, answer.Error.Reason));
        Assert.Equal(status, answer.Error.Status);
    }

    public void Dispose() => client.Dispose();

    private static string? Header(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.TryGetValues(name, out var trailing) ? trailing.Single()
        : response.Headers.TryGetValues(name, out var leading) ? leading.Single()
        : null;
}
