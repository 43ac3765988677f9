using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Client;
using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.AspNetCore.Builder;

namespace McpSecure.Benchmarks;

/// <summary>Takes events and keeps none, so that a service that is measured pays for its audit trail as it would in use.</summary>
internal sealed class AuditSink : AuditService.AuditServiceBase
{
    /// <summary>Starts one that a workload may call, and tells its address.</summary>
    public static async Task<string> StartAsync(TestPki pki, string caller)
    {
        var host = await WorkloadHost.StartAsync(pki, new Workload(
            Peers.Audit,
            Assembly: null,
            builder => builder.AddServiceDefaults(
                CallerPolicy.For(AuditService.Descriptor).Allow("mcpsecure.audit.v1.AuditService/RecordEvents", Caller.Service(caller))),
            app => app.MapGrpcService<AuditSink>()));
        return host.Address.GetLeftPart(UriPartial.Authority);
    }

    public override Task<RecordEventsResponse> RecordEvents(RecordEventsRequest request, ServerCallContext context) =>
        Task.FromResult(new RecordEventsResponse { Added = request.Events.Count });
}
