using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace McpSecure.ServiceDefaults;

/// <summary>Sends traces, metrics and logs by OTLP where an endpoint is set, and logs to standard output always.</summary>
internal static class Telemetry
{
    /// <summary>The name of our own activity source and meter.</summary>
    public const string Name = "McpSecure";

    // Of each call that comes from outside without a decision of its caller's; OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG say otherwise.
    private const double SampledShare = 0.05;

    private const string ServerSource = "Microsoft.AspNetCore";

    // Refusals, logs and audit events carry a trace id whether or not traces are sent anywhere, so every call has one.
    private static readonly ActivityListener EveryCall = new()
    {
        ShouldListenTo = source => source.Name == ServerSource,
        Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.PropagationData,
    };

    static Telemetry() => ActivitySource.AddActivityListener(EveryCall);

    public static void Add(IHostApplicationBuilder builder)
    {
        builder.Logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);

        // These tell of each request or statement, for which there are traces.
        foreach (var library in new[] { "Microsoft.AspNetCore", "Grpc", "Npgsql", "StackExchange.Redis", "System.Net.Http" })
        {
            builder.Logging.AddFilter(library, LogLevel.Warning);
        }

        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);

        // Opens a log scope for each request, whose path and id tell nothing that trace id and rpc do not.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        // Before every provider: whatever writes logs, it gets none that holds what the rules find.
        builder.Services.AddSingleton<LoggerFactory>();
        builder.Services.Replace(ServiceDescriptor.Singleton<ILoggerFactory, RedactingLoggerFactory>());
        if (!builder.Environment.IsDevelopment())
        {
            builder.Logging.AddJsonConsole(options =>
            {
                options.IncludeScopes = true;
                options.UseUtcTimestamp = true;
                options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
            });
        }

        if (string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            return;
        }

        builder.Logging.AddOpenTelemetry(options =>
        {
            options.IncludeFormattedMessage = true;
            options.IncludeScopes = true;
        });
        builder.Services.AddOpenTelemetry()
            .WithTracing(tracing =>
            {
                tracing.AddSource(Name, ServerSource, "System.Net.Http", "Grpc.Net.Client", "Npgsql");

                // Exporting the span of every call costs half of what an empty call costs. In development that is worth it.
                if (!builder.Environment.IsDevelopment() && string.IsNullOrWhiteSpace(builder.Configuration["OTEL_TRACES_SAMPLER"]))
                {
                    tracing.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(SampledShare)));
                }
            })
            .WithMetrics(metrics => metrics
                .AddMeter(Name, "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "Npgsql")

                // Counts each HTTP/2 call up and down again at once: two updates a call that always sum to nothing.
                .AddView("kestrel.queued_requests", MetricStreamConfiguration.Drop))
            .UseOtlpExporter();
    }
}
