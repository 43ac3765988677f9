using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace McpSecure.ServiceDefaults;

/// <summary>Gives a service its audit trail.</summary>
public static class AuditTrailExtensions
{
    /// <summary>
    /// Adds <see cref="AuditEvents"/>, <see cref="AuditOutbox"/> and <see cref="DecisionTrail"/>, and sends what they hold to the audit
    /// log: through the <see cref="IAuditSink"/> that is registered, else to the peer <c>audit</c>. Needs <c>AddDatabase</c> before it.
    /// </summary>
    public static void AddAuditTrail(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.TryAddSingleton<IAuditSink, PeerAuditSink>();
        services.AddSingleton(new AuditSource(builder.Environment.ApplicationName.Split('.')[^1].ToLowerInvariant()));
        services.AddSingleton<AuditEvents>();
        services.AddSingleton<AuditOutbox>();
        services.AddSingleton<AuditTrailMetrics>();

        // Stopped in the reverse order, after the server: the trail writes its last events, then the dispatcher ends.
        services.AddHostedService<AuditDispatcher>();
        services.AddSingleton(provider => new DecisionTrail(
            provider.GetRequiredService<NpgsqlDataSource>(),
            provider.GetRequiredService<DatabaseReadiness>(),
            provider.GetRequiredService<AuditOutbox>(),
            provider.GetRequiredService<AuditTrailMetrics>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<DecisionTrail>>()));
        services.AddHostedService(provider => provider.GetRequiredService<DecisionTrail>());
    }
}
