using System.Net;
using Grpc.Core;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.Testing;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Ends hosts that are at work, as SIGTERM does.</summary>
public sealed class DrainTests : IDisposable
{
    private readonly TestPki pki = new();

    public void Dispose() => pki.Dispose();

    [Fact]
    public async Task Stop_WithACallUnderWay_LetsItFinish()
    {
        await using var host = await ProbeHost.StartAsync(pki);
        var (entered, leave) = (NewSignal(), NewSignal());
        host.Actions.Act = async (_, _) =>
        {
            entered.SetResult();
            await leave.Task;
            return new EchoResponse { Text = "done" };
        };
        using var client = host.As("friend");
        using var call = client.Probe.ActAsync(new EchoRequest());
        await entered.Task;

        var stopping = host.App.StopAsync();
        Assert.False(stopping.IsCompleted);
        leave.SetResult();

        Assert.Equal("done", (await call).Text);
        await stopping;
    }

    [Fact]
    public async Task Stop_WhileItIsAnnounced_TakesCallsAndSaysNotReady()
    {
        await using var host = await ProbeHost.StartAsync(pki, settings: ("Drain:Announce", "00:00:30"));
        using var client = host.As("friend");
        using var http = new HttpClient();
        await client.Probe.EchoAsync(new EchoRequest());

        using var cut = new CancellationTokenSource();
        var stopping = host.App.StopAsync(cut.Token);
        using var health = await http.GetAsync(new Uri(host.HealthAddress, "/health"));
        var answer = await client.Probe.EchoAsync(new EchoRequest { Text = "still" });
        await cut.CancelAsync();
        await Record.ExceptionAsync(() => stopping);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        Assert.Equal("""{"status":"waiting","waiting_for":["stopping"]}""", await health.Content.ReadAsStringAsync());
        Assert.Equal("still", answer.Text);
    }

    [Fact]
    public async Task Stop_WithAStreamThatNeverEnds_EndsItAndTellsWhy()
    {
        await using var host = await ProbeHost.StartAsync(pki, settings: ("Drain:Finish", "00:04:00"));
        using var client = host.As("friend");
        using var stream = client.Probe.Repeat(new EchoRequest { Text = "first" });
        Assert.True(await stream.ResponseStream.MoveNext(default));

        await host.App.StopAsync().WaitAsync(TimeSpan.FromSeconds(60));
        var ended = await Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.MoveNext(default));

        var error = McpSecureError.From(ended);
        Assert.Equal((StatusCode.Unavailable, ErrorReason.DependencyUnavailable), (error.Status, error.Reason));
    }

    [Fact]
    public async Task Stop_WithACallThatDoesNotEnd_ComesToItsBound()
    {
        await using var host = await ProbeHost.StartAsync(pki, settings: ("Drain:Finish", "00:00:01"));
        var entered = NewSignal();
        host.Actions.Act = async (_, context) =>
        {
            entered.SetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return new EchoResponse();
        };
        using var client = host.As("friend");
        using var call = client.Probe.ActAsync(new EchoRequest());
        await entered.Task;

        await Record.ExceptionAsync(() => host.App.StopAsync()).WaitAsync(TimeSpan.FromSeconds(30));

        await Assert.ThrowsAsync<RpcException>(async () => await call);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
