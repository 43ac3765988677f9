using McpSecure.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpSecure.ServiceDefaults;

/// <summary>Gives a service its audit trail.</summary>
public static class AuditTrailExtensions
{
    /// <summary>
    /// Adds <see cref="AuditEvents"/>, <see cref="AuditOutbox"/> and <see cref="DecisionTrail"/>, and sends what they hold to the audit
    /// log: through the <see cref="IAuditSink"/> that is registered, else to the peer <c>audit</c>. Needs <c>AddServiceDefaults</c>
    /// and <c>AddDatabase</c> before it.
    /// </summary>
    public static void AddAuditTrail(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        if (services.All(service => service.ServiceType != typeof(IAuditSink)))
        {
            // Whoever sends a batch keeps it until it is taken: a copy that the channel keeps for another try would only cost.
            builder.AddPeer(Peers.Audit, descriptor: null, invoker => new RecordEventsClient(invoker));
            services.AddSingleton<IAuditSink, PeerAuditSink>();
        }

        services.AddSingleton(provider => new AuditEvents(
            provider.GetRequiredService<CertificateFiles>().Current.Id.WorkloadName ?? throw new InvalidOperationException("The certificate names no service: spiffe://<trust domain>/svc/<name>."),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<AuditOutbox>();
        services.AddSingleton<AuditTrailMetrics>();
        services.AddSingleton<OutboxDelivery>();
        services.AddSingleton<DirectDelivery>();

        // Stopped in the reverse order, after the server: the trail writes its last events, then the dispatcher ends.
        services.AddHostedService<AuditDispatcher>();
        services.AddSingleton(provider => new DecisionTrail(
            provider.GetRequiredService<AuditEvents>(),
            provider.GetRequiredService<ServiceDatabase>(),
            provider.GetRequiredService<DatabaseReadiness>(),
            provider.GetRequiredService<DirectDelivery>(),
            provider.GetRequiredService<AuditOutbox>(),
            provider.GetRequiredService<AuditTrailMetrics>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<DecisionTrail>>()));
        services.AddHostedService(provider => provider.GetRequiredService<DecisionTrail>());
    }
}
