using Grpc.Core;
using McpSecure.Client;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Delivers events to the audit service.</summary>
internal sealed class PeerAuditSink(RecordEventsClient audit, TimeProvider clock) : IAuditSink
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    public async Task<AuditDelivery> DeliverAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            await audit.RecordAsync(batch, (clock.GetUtcNow() + Deadline).UtcDateTime, cancellationToken);
            return new AuditDelivery.Taken();
        }
        catch (RpcException e) when (IsRefusal(e))
        {
            return new AuditDelivery.Refused($"{e.StatusCode}: {e.Status.Detail}");
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.Internal or StatusCode.Unknown)
        {
            return new AuditDelivery.Failed($"{e.StatusCode}: {e.Status.Detail}");
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new AuditDelivery.Away($"{e.StatusCode}: {e.Status.Detail}");
        }
    }

    // What no later try can change. A refusal of ourselves (PERMISSION_DENIED, UNAUTHENTICATED) is about certificates and policy, and heals.
    // Too large is a refusal of the batch: halving finds what fits.
    private static bool IsRefusal(RpcException answer) =>
        answer.StatusCode is StatusCode.InvalidArgument or StatusCode.OutOfRange or StatusCode.AlreadyExists or StatusCode.FailedPrecondition
        || McpSecureError.From(answer).Reason == ErrorReason.RequestTooLarge;
}
