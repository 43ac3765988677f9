using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Runs the real dashboard as one more process of DCP, and tells the services where to send their telemetry.</summary>
internal sealed class Dashboard(IConfiguration configuration, ILogger<Dashboard> logger)
{
    private const string Name = "aspire-dashboard";
    private const string OtlpUrlSetting = "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL";
    private const string UrlsSetting = "ASPNETCORE_URLS";

    private readonly string otlpKey = configuration["AppHost:OtlpApiKey"] ?? NewKey();
    private readonly string apiKey = configuration["AppHost:DashboardApiKey"] ?? NewKey();
    private readonly string browserToken = configuration["AppHost:BrowserToken"] ?? NewKey();

    /// <summary>Describes the dashboard as a resource of the model: it is started, watched and stopped like any other.</summary>
    public Resource Describe()
    {
        var url = Required(UrlsSetting).Split(';')[0];
        var program = DcpTools.Dashboard(configuration);
        var dashboard = new ExecutableResource(Name, program, Path.GetDirectoryName(program)!) { Args = { context => context.Args.Add("dashboard") } };

        foreach (var (name, value) in new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [UrlsSetting] = url,
            [OtlpUrlSetting] = Required(OtlpUrlSetting),
            ["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = "http://127.0.0.1:0",
            ["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = "",
            ["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true",
            ["Dashboard__ApplicationName"] = "McpSecure",
            ["Dashboard__Frontend__AuthMode"] = "BrowserToken",
            ["Dashboard__Frontend__BrowserToken"] = browserToken,
            ["Dashboard__Otlp__AuthMode"] = "ApiKey",
            ["Dashboard__Otlp__PrimaryApiKey"] = otlpKey,
            ["Dashboard__Api__Enabled"] = "true",
            ["Dashboard__Api__AuthMode"] = "ApiKey",
            ["Dashboard__Api__PrimaryApiKey"] = apiKey,
        })
        {
            dashboard.Environment[name] = new Literal(value);
        }

        dashboard.WhenReady.Add((_, _) =>
        {
            logger.DashboardStarted($"{url}/login?t={browserToken}");
            return Task.CompletedTask;
        });
        return dashboard;
    }

    /// <summary>Lists the variables that Aspire sets for a project, by the names of the OpenTelemetry specification.</summary>
    public IEnumerable<DcpVariable> TelemetryFor(string resource) =>
    [
        new("OTEL_EXPORTER_OTLP_ENDPOINT", configuration[OtlpUrlSetting]),
        new("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        new("OTEL_EXPORTER_OTLP_HEADERS", $"x-otlp-api-key={otlpKey}"),
        new("OTEL_SERVICE_NAME", resource),
        new("OTEL_RESOURCE_ATTRIBUTES", $"service.instance.id={resource}"),
        new("OTEL_BLRP_SCHEDULE_DELAY", "1000"),
        new("OTEL_BSP_SCHEDULE_DELAY", "1000"),
        new("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
        new("OTEL_TRACES_SAMPLER", "always_on"),
    ];

    private string Required(string name) =>
        configuration[name] is { Length: > 0 } value
            ? value
            : throw new DistributedApplicationException($"{name} is not set: start with 'dotnet run --project AppHost', which reads it from the launch profile.");

    private static string NewKey() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
