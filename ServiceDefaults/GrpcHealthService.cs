using Grpc.Core;
using Grpc.Health.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Answers grpc.health.v1 from the same readiness as <c>/health</c>.</summary>
/// <remarks>Source: the gRPC health checking protocol (grpc/doc/health-checking.md).</remarks>
internal sealed class GrpcHealthService(Readiness readiness, RpcTable rpcs, TimeProvider clock) : Health.HealthBase
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    public override async Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) =>
        Serves(request.Service)
            ? new HealthCheckResponse { Status = await StatusAsync(context.CancellationToken) }
            : throw Refusal.WithoutReason(StatusCode.NotFound, "No such service."); // the protocol's own answer

    public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        HealthCheckResponse.Types.ServingStatus? told = null;
        using var timer = new PeriodicTimer(LookEvery, clock);
        do
        {
            var status = Serves(request.Service)
                ? await StatusAsync(context.CancellationToken)
                : HealthCheckResponse.Types.ServingStatus.ServiceUnknown;
            if (status != told)
            {
                told = status;
                await responseStream.WriteAsync(new HealthCheckResponse { Status = status }, context.CancellationToken);
            }
        }
        while (await timer.WaitForNextTickAsync(context.CancellationToken));
    }

    private bool Serves(string service) => service.Length == 0 || rpcs.Services.Any(s => s.FullName == service);

    private async Task<HealthCheckResponse.Types.ServingStatus> StatusAsync(CancellationToken cancellationToken) =>
        (await readiness.WaitingForAsync(cancellationToken)).Count == 0
            ? HealthCheckResponse.Types.ServingStatus.Serving
            : HealthCheckResponse.Types.ServingStatus.NotServing;
}
