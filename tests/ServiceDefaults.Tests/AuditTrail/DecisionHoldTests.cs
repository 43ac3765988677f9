using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace McpSecure.ServiceDefaults.Tests.AuditTrail;

/// <summary>Holds answers while a database takes connections and never answers.</summary>
public sealed class DecisionHoldTests : IAsyncLifetime
{
    private readonly FakeClock clock = new();
    private readonly TcpListener silent = new(IPAddress.Loopback, 0);
    private readonly ServiceProvider meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private NpgsqlDataSource database = null!;
    private DecisionTrail trail = null!;
    private DecisionHold hold = null!;

    public async Task InitializeAsync()
    {
        silent.Start();
        database = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={((IPEndPoint)silent.LocalEndpoint).Port};Username=x;Password=x;SSL Mode=Disable;Timeout=60");
        var readiness = new DatabaseReadiness(database, clock);
        readiness.MarkMigrated();
        trail = new DecisionTrail(
            database,
            readiness,
            new AuditOutbox(),
            new AuditTrailMetrics(meters.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>()),
            clock,
            NullLogger<DecisionTrail>.Instance);
        hold = new DecisionHold(trail);
        await trail.StartAsync(CancellationToken.None);
        await RecordAsync();
    }

    [Fact]
    public async Task Refusal_DecidedWhileAWriteHangs_IsHeldAsAnAnswerIs()
    {
        clock.Advance(TimeSpan.FromMilliseconds(20)); // the write begins
        clock.Advance(TimeSpan.FromMilliseconds(60));

        var answer = hold.UnaryServerHandler<string, string>(
            "", new NoCall(), (_, _) => Task.FromException<string>(Refusal.Because(ErrorReason.ApiKeyInvalid, "No.")));

        await clock.WaitForTimersAsync();
        Assert.False(answer.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        var refused = await Assert.ThrowsAsync<Refusal>(() => answer);
        Assert.Equal(ErrorReason.DependencyUnavailable, refused.Reason);
    }

    public async Task DisposeAsync()
    {
        silent.Stop();

        // The trail takes a last moment by this clock even where the host has no patience left.
        var stop = trail.StopAsync(new CancellationToken(canceled: true));
        clock.Advance(TimeSpan.FromSeconds(2));
        await stop;
        trail.Dispose();
        await database.DisposeAsync();
        await meters.DisposeAsync();
    }

    // The trail takes events once its background task has begun.
    private async Task RecordAsync()
    {
        var made = new AuditEvents("probe", clock).Start("probe.key.used");
        for (var tries = 0; ; tries++)
        {
            try
            {
                trail.Record(made);
                await clock.WaitForTimersAsync();
                return;
            }
            catch (Refusal) when (tries < 6_000)
            {
                await Task.Delay(5);
            }
        }
    }

    private sealed class NoCall : ServerCallContext
    {
        protected override string MethodCore => "";

        protected override string HostCore => "";

        protected override string PeerCore => "";

        protected override DateTime DeadlineCore => DateTime.MaxValue;

        protected override Metadata RequestHeadersCore => [];

        protected override CancellationToken CancellationTokenCore => CancellationToken.None;

        protected override Metadata ResponseTrailersCore => [];

        protected override Status StatusCore { get; set; }

        protected override WriteOptions? WriteOptionsCore { get; set; }

        protected override AuthContext AuthContextCore => new(null, []);

        protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException();

        protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;
    }
}
