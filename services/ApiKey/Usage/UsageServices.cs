using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Adds the use of keys.</summary>
internal static class UsageServices
{
    /// <summary>Adds what counts the use of keys, writes it and forgets it.</summary>
    public static void AddUsage(this IHostApplicationBuilder builder)
    {
        builder.AddSettings<UsageOptions>("Usage");
        builder.Services.AddSingleton(services => new UseCounters(services.GetRequiredService<ApiKeyMetrics>()));
        builder.Services.AddSingleton<UsageStore>();
        builder.Services.AddHostedService<UseFlush>();
        builder.Services.AddHostedService<UsagePruning>();
    }
}
