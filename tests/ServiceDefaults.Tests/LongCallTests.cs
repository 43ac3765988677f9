using System.Diagnostics;
using Grpc.Core;
using McpSecure.Client;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Leaves calls open for longer than what let them in.</summary>
public sealed class LongCallTests : IAsyncLifetime
{
    private readonly TestPki pki = new();
    private ProbeHost host = null!;

    public async Task InitializeAsync() => host = await ProbeHost.StartAsync(pki);

    [Fact]
    public async Task Stream_StillOpenWhenItsCertificateEnds_EndsWithIt()
    {
        using var client = host.As(pki.Workload("friend", TestLeaf.Of("friend") with { Ends = TimeSpan.FromSeconds(4) }));
        using var call = client.Probe.Repeat(new EchoRequest { Text = "on" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));

        var ended = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None)).WaitAsync(TimeSpan.FromSeconds(15));

        Assert.Equal(StatusCode.DeadlineExceeded, ended.StatusCode);
    }

    [Fact]
    public async Task Stream_StillOpenAtTheEndOfTheService_IsToldAndHoldsNothingUp()
    {
        using var client = host.As("friend", options => options.MaxAttempts = 1);
        using var call = client.Probe.Repeat(new EchoRequest { Text = "on" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        var begun = Stopwatch.GetTimestamp();

        await host.App.StopAsync();

        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(4), $"took {Stopwatch.GetElapsedTime(begun)}");
        var ended = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(Common.V1.ErrorReason.DependencyUnavailable, McpSecureError.From(ended).Reason);
    }

    [Fact]
    public async Task Call_ThatItsCallerResets_IsNoErrorOfOurs()
    {
        using var client = host.As("friend");
        for (var i = 0; i < 10; i++)
        {
            using var collect = client.Probe.Collect();
            await collect.RequestStream.WriteAsync(new EchoRequest { Text = "x" });
            await Task.Delay(20);
            collect.Dispose();
            using var chat = client.Probe.Chat();
            await chat.RequestStream.WriteAsync(new EchoRequest { Text = "x" });
            await chat.ResponseStream.MoveNext(CancellationToken.None);
            chat.Dispose();
        }

        await Task.Delay(500);

        Assert.All([" Warning ", " Error ", " Critical "], level => Assert.DoesNotContain(host.Log.Lines, line => line.Contains(level, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Npgsql.Command")]
    [InlineData("Npgsql.Connection")]
    [InlineData("StackExchange.Redis.ConnectionMultiplexer")]
    [InlineData("System.Net.Http.HttpClient.Default.LogicalHandler")]
    [InlineData("Grpc.Net.Client.Internal.GrpcCall")]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel.Http2")]
    public void Library_TellingOfEachStatementOrCall_IsNotLoggedByDefault(string category) =>
        Assert.False(host.App.Services.GetRequiredService<ILoggerFactory>().CreateLogger(category).IsEnabled(LogLevel.Information));

    public async Task DisposeAsync()
    {
        await host.DisposeAsync();
        pki.Dispose();
    }
}
