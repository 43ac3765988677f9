using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Health.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace McpSecure.ServiceDefaults.Tests;

public sealed class HealthTests : IAsyncLifetime
{
    private readonly TestPki pki = new();
    private readonly HttpClient http = new();
    private HealthCheckResult result = HealthCheckResult.Healthy();
    private ProbeHost host = null!;

    public async Task InitializeAsync() =>
        host = await ProbeHost.StartAsync(pki, configure: b => b.Services.AddHealthChecks().AddCheck("something", () => result));

    public async Task DisposeAsync()
    {
        await host.DisposeAsync();
        http.Dispose();
        pki.Dispose();
    }

    [Fact]
    public async Task Health_OfAReadyService_IsOk() =>
        Assert.Equal((HttpStatusCode.OK, """{"status":"ready","waiting_for":[]}"""), await GetAsync("/health"));

    [Fact]
    public async Task Health_OfAServiceThatWaits_SaysForWhat()
    {
        result = HealthCheckResult.Unhealthy("Waits for Postgres.");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"waiting","waiting_for":["something: Waits for Postgres."]}"""), await GetAsync("/health"));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/alive")).Status);
    }

    [Fact]
    public async Task Health_WithAnException_DoesNotTellIt()
    {
        result = HealthCheckResult.Unhealthy("Failed to connect to 10.0.0.7", new InvalidOperationException("Password=hunter2"));

        Assert.Equal("""{"status":"waiting","waiting_for":["something"]}""", (await GetAsync("/health")).Body);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/Health")]
    [InlineData("/health/")]
    [InlineData("/mcpsecure.testing.v1.ProbeService/Echo")]
    [InlineData("/grpc.health.v1.Health/Check")]
    public async Task HealthPort_AskedForAnythingElse_HasNothing(string path) => Assert.Equal((HttpStatusCode.NotFound, ""), await GetAsync(path));

    [Fact]
    public async Task HealthPort_PostedTo_HasNothing()
    {
        using var content = new StringContent("x");
        using var answer = await http.PostAsync(new Uri(host.HealthAddress, "/health"), content);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task HealthPort_SpokenToInHttp2_AnswersNoCall()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(host.HealthAddress.Host, host.HealthAddress.Port);
        var stream = socket.GetStream();

        await stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        var frame = new byte[9];
        await stream.ReadExactlyAsync(frame);

        Assert.Equal(7, frame[3]); // GOAWAY (RFC 9113 §6.8)
    }

    [Fact]
    public async Task Health_OnceTheCertificateEnded_SaysSo()
    {
        var clock = new ShiftedClock();
        await using var timed = await ProbeHost.StartAsync(pki, configure: b => b.Services.AddSingleton<TimeProvider>(clock));

        clock.Advance(TimeSpan.FromHours(2));
        using var answer = await http.GetAsync(new Uri(timed.HealthAddress, "/health"));

        Assert.Contains("certificate: The certificate ended", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GrpcHealth_ForAnyPeer_IsTheSame()
    {
        await using var clients = Clients("stranger");
        var health = clients.GetRequiredService<Health.HealthClient>();

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await health.CheckAsync(new HealthCheckRequest())).Status);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await health.CheckAsync(new HealthCheckRequest { Service = "mcpsecure.testing.v1.ProbeService" })).Status);
        result = HealthCheckResult.Unhealthy();
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, (await health.CheckAsync(new HealthCheckRequest())).Status);
    }

    [Fact]
    public async Task GrpcHealth_OfAnUnknownService_IsNotFound()
    {
        await using var clients = Clients("stranger");
        var health = clients.GetRequiredService<Health.HealthClient>();

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await health.CheckAsync(new HealthCheckRequest { Service = "nobody" }));

        Assert.Equal(StatusCode.NotFound, refused.StatusCode);
        Assert.DoesNotContain(host.Log.Lines, line => line.Contains(" Error ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task GrpcHealth_Watched_TellsChanges()
    {
        await using var clients = Clients("stranger");
        using var watch = clients.GetRequiredService<Health.HealthClient>().Watch(new HealthCheckRequest());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        Assert.True(await watch.ResponseStream.MoveNext(patience.Token));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, watch.ResponseStream.Current.Status);
        result = HealthCheckResult.Unhealthy();
        Assert.True(await watch.ResponseStream.MoveNext(patience.Token));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, watch.ResponseStream.Current.Status);
    }

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using var answer = await http.GetAsync(new Uri(host.HealthAddress, path));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private ServiceProvider Clients(string workload) => host.Clients(workload, services =>
        services.AddMcpSecureClient(ProbeHost.Name, Health.Descriptor, invoker => new Health.HealthClient(invoker)));
}
