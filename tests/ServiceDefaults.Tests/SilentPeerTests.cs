using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using McpSecure.Auth.V1;
using McpSecure.Client;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.ServiceDefaults.Tests;

public sealed class SilentPeerTests : IDisposable
{
    private readonly TestPki pki = new();
    private readonly TcpListener silent = new(IPAddress.Loopback, 0);

    // A proxy whose service is dead, a machine that swaps: the connection is taken and nobody speaks. It said CANCELLED, which nothing tries
    // again and a service took for a fault of its own.
    [Fact]
    public async Task Call_PeerThatTakesConnectionsAndSaysNothing_IsUnavailable()
    {
        silent.Start();
        var services = new ServiceCollection();
        services.AddMcpSecure(options =>
        {
            TestPki.Configure(options, pki.Workload("friend"), (Peers.Auth, new Uri($"https://localhost:{((IPEndPoint)silent.LocalEndpoint).Port}")));
            options.ConnectTimeout = TimeSpan.FromMilliseconds(200);
        });
        await using var provider = services.BuildServiceProvider();

        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await provider.GetRequiredService<AuthService.AuthServiceClient>().ValidateTokenAsync(new() { Token = "x" }));

        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
    }

    public void Dispose()
    {
        silent.Dispose();
        pki.Dispose();
    }
}
