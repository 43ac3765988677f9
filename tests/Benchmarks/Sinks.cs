using McpSecure.Testing;

namespace McpSecure.Benchmarks;

/// <summary>What every host of a run sends to: a collector of telemetry, and the audit log.</summary>
internal sealed class Sinks : IAsyncDisposable
{
    private readonly GrpcSink telemetry;
    private readonly GrpcSink audit;

    private Sinks(GrpcSink telemetry, GrpcSink audit) => (this.telemetry, this.audit) = (telemetry, audit);

    /// <summary>Gets the settings of a host that sends here.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Settings =>
    [
        new("OTEL_EXPORTER_OTLP_ENDPOINT", telemetry.Address.ToString()),
        new("Peers:audit", audit.Address.ToString()),
    ];

    /// <summary>Gets whether telemetry came: without it, it was off and cost nothing.</summary>
    public bool TookTelemetry => telemetry.Calls > 0;

    /// <summary>Gets how often events came.</summary>
    public long EventCalls => audit.Calls;

    public static async Task<Sinks> StartAsync(TestPki pki) => new(await GrpcSink.ForTelemetryAsync(), await GrpcSink.ForAuditAsync(pki));

    public async ValueTask DisposeAsync()
    {
        await telemetry.DisposeAsync();
        await audit.DisposeAsync();
    }
}
