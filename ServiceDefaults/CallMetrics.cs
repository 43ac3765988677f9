using System.Diagnostics;
using System.Diagnostics.Metrics;
using Grpc.Core;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Measures how long calls take, by rpc, caller and status: one record a call. The framework's own three instruments for each request
/// cost more than all the rest of the gate and know neither caller nor status.
/// </summary>
/// <remarks>Source: OpenTelemetry semantic conventions for RPC metrics.</remarks>
internal sealed class CallMetrics(IMeterFactory meters)
{
    // What a caller makes up must not become a series.
    private static readonly KeyValuePair<string, object?> Unlisted = new("rpc.method", "_OTHER");

    private static readonly KeyValuePair<string, object?>[] Statuses =
        [.. Enum.GetValues<StatusCode>().Order().Select(code => new KeyValuePair<string, object?>("rpc.response.status_code", code.ToString()))];

    private readonly Histogram<double> duration = meters.Create(Telemetry.Name).CreateHistogram(
        "rpc.server.call.duration",
        unit: "s",
        description: "How long calls take, from their headers to their status.",
        tags: null,
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] });

    /// <summary>Records a call.</summary>
    /// <param name="rpc">The rpc, or null where the call is of none that is listed.</param>
    /// <param name="peer">Who called.</param>
    /// <param name="status">How it ended, as <c>grpc-status</c> says; null where no status was sent.</param>
    /// <param name="started">When it began, by <see cref="Stopwatch.GetTimestamp"/>.</param>
    public void Record(Rpc? rpc, PeerIdentity peer, string? status, long started)
    {
        if (duration.Enabled)
        {
            duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, rpc?.MethodTag ?? Unlisted, peer.MetricTag, Tag(status));
        }
    }

    // Without a status the caller has gone before it was known.
    private static KeyValuePair<string, object?> Tag(string? status) =>
        Statuses[int.TryParse(status, out var code) && code >= 0 && code < Statuses.Length ? code : (int)StatusCode.Cancelled];
}
