using Grpc.Core;
using Grpc.Health.V1;
using McpSecure.Client;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Asks for health by gRPC.</summary>
public sealed class HealthTests : IAsyncLifetime
{
    private readonly TestPki pki = new();
    private ProbeHost host = null!;
    private ServiceProvider services = null!;

    private Health.HealthClient Client => services.GetRequiredService<Health.HealthClient>();

    public async Task InitializeAsync()
    {
        host = await ProbeHost.StartAsync(pki);
        var collection = new ServiceCollection();
        collection.Configure<McpSecureClientOptions>(options => TestPki.Configure(options, pki.Workload("stranger"), (ProbeHost.Name, host.GrpcAddress)));
        collection.AddMcpSecureClient(ProbeHost.Name, Health.Descriptor, invoker => new Health.HealthClient(invoker));
        services = collection.BuildServiceProvider();
    }

    [Theory]
    [InlineData("")]
    [InlineData("mcpsecure.testing.v1.ProbeService")]
    public async Task Check_OfWhatIsServed_IsServing(string service) =>
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await Client.CheckAsync(new HealthCheckRequest { Service = service })).Status);

    [Fact]
    public async Task Check_OfAnUnknownService_IsNotFoundAndNoErrorOfOurs()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await Client.CheckAsync(new HealthCheckRequest { Service = "no.such.Service" }));

        Assert.Equal(StatusCode.NotFound, refused.StatusCode);
        Assert.DoesNotContain(host.Log.All, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    public async Task DisposeAsync()
    {
        await services.DisposeAsync();
        await host.DisposeAsync();
        pki.Dispose();
    }
}
