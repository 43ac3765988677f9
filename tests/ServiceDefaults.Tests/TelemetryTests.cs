using System.Diagnostics;
using System.Diagnostics.Metrics;
using Grpc.Core;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Listens to what a host tells of its calls.</summary>
public sealed class TelemetryTests : IAsyncLifetime
{
    private readonly TestPki pki = new();
    private readonly TelemetryWatcher watcher = new();
    private ProbeHost host = null!;

    public async Task InitializeAsync() => host = await ProbeHost.StartAsync(pki);

    public async Task DisposeAsync()
    {
        watcher.Dispose();
        await host.DisposeAsync();
        pki.Dispose();
    }

    [Fact]
    public async Task Span_OfACall_NamesRpcCallerAndStatus()
    {
        using var listener = watcher.Spans();
        using var own = new Activity("caller").Start();
        using var client = host.As("friend");
        host.Actions.Act = (_, _) => throw Refusal.Because(Common.V1.ErrorReason.KeyringNotFound, "No keyring has this name.");

        await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.ActAsync(new EchoRequest()));
        var span = await watcher.SpanAsync(own.TraceId, "mcpsecure.testing.v1.ProbeService/Act");

        Assert.Equal("friend", span.GetTagItem("mcpsecure.peer"));
        Assert.Equal("5", span.GetTagItem("rpc.grpc.status_code"));
        Assert.Equal(ActivityStatusCode.Unset, span.Status);
    }

    [Fact]
    public async Task Span_OfACallThatFails_IsAnError()
    {
        using var listener = watcher.Spans();
        using var own = new Activity("caller").Start();
        using var client = host.As("friend");
        host.Actions.Act = (_, _) => throw new InvalidOperationException();

        await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.ActAsync(new EchoRequest()));

        Assert.Equal(ActivityStatusCode.Error, (await watcher.SpanAsync(own.TraceId, "mcpsecure.testing.v1.ProbeService/Act")).Status);
    }

    [Fact]
    public async Task Trace_OfTheCaller_GoesOn()
    {
        string? seen = null;
        host.Actions.Act = (_, _) =>
        {
            seen = Activity.Current?.TraceId.ToHexString();
            return Task.FromResult(new EchoResponse());
        };
        using var client = host.As("friend");
        using var own = new Activity("caller").Start();

        await client.Probe.ActAsync(new EchoRequest());

        Assert.Equal(own.TraceId.ToHexString(), seen);
    }

    [Fact]
    public async Task Metric_OfCalls_KnowsRpcCallerAndStatusAndNoneThatIsMadeUp()
    {
        using var listener = watcher.Durations(host.App.Services.GetRequiredService<IMeterFactory>());
        using var raw = new RawCall(host, "friend");

        await raw.PostAsync("/mcpsecure.testing.v1.ProbeService/Echo", new EchoRequest());
        await raw.PostAsync("/made.up/Thing", new EchoRequest());
        await watcher.DurationAsync("mcpsecure.testing.v1.ProbeService/Echo friend OK");
        await watcher.DurationAsync("_OTHER friend PermissionDenied");
    }

    /// <summary>Keeps spans and measurements, and waits for those that come a moment after the answer.</summary>
    private sealed class TelemetryWatcher : IDisposable
    {
        private readonly List<Activity> spans = [];
        private readonly List<string> durations = [];
        private readonly SemaphoreSlim more = new(0);

        public ActivityListener Spans()
        {
            var listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == "Microsoft.AspNetCore",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = span => Keep(spans, span),
            };
            ActivitySource.AddActivityListener(listener);
            return listener;
        }

        public MeterListener Durations(object scope)
        {
            var listener = new MeterListener
            {
                InstrumentPublished = (instrument, listener) =>
                {
                    if (instrument.Name == "rpc.server.call.duration" && instrument.Meter.Scope == scope)
                    {
                        listener.EnableMeasurementEvents(instrument);
                    }
                },
            };
            listener.SetMeasurementEventCallback<double>((_, _, tags, _) => Keep(durations, $"{tags[0].Value} {tags[1].Value} {tags[2].Value}"));
            listener.Start();
            return listener;
        }

        // Tests run beside each other in this process: the trace tells whose span it is.
        public Task<Activity> SpanAsync(ActivityTraceId trace, string name) => FindAsync(spans, span => span.TraceId == trace && span.DisplayName == name);

        public Task<string> DurationAsync(string text) => FindAsync(durations, duration => duration == text);

        public void Dispose() => more.Dispose();

        private void Keep<T>(List<T> kept, T one)
        {
            lock (kept)
            {
                kept.Add(one);
            }

            more.Release();
        }

        private async Task<T> FindAsync<T>(List<T> kept, Predicate<T> wanted)
        {
            while (true)
            {
                lock (kept)
                {
                    if (kept.Find(wanted) is { } found)
                    {
                        return found;
                    }
                }

                Assert.True(await more.WaitAsync(TimeSpan.FromSeconds(30)), "What was waited for did not come.");
            }
        }
    }
}
