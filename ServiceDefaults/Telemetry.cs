using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;

namespace McpSecure.ServiceDefaults;

/// <summary>Sends traces, metrics and logs by OTLP where an endpoint is set, and logs to standard output always.</summary>
internal static class Telemetry
{
    /// <summary>The name of our own activity source and meter.</summary>
    public const string Name = "McpSecure";

    public static void Add(IHostApplicationBuilder builder)
    {
        builder.Logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);

        // These tell of each request or statement, for which there are traces.
        foreach (var library in new[] { "Microsoft.AspNetCore", "Grpc", "Npgsql", "StackExchange.Redis", "System.Net.Http" })
        {
            builder.Logging.AddFilter(library, LogLevel.Warning);
        }

        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
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
            .WithTracing(tracing => tracing.AddSource(Name, "Microsoft.AspNetCore", "System.Net.Http", "Grpc.Net.Client", "Npgsql"))
            .WithMetrics(metrics => metrics.AddMeter(
                Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "Npgsql"))
            .UseOtlpExporter();
    }
}
