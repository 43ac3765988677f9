using Grpc.Core;
using McpSecure.Audit.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Calls <c>RecordEvents</c> with the bytes of a request as they are: a batch is neither parsed nor serialized again on its way.</summary>
internal sealed class RecordEventsClient(CallInvoker invoker) : ClientBase(invoker)
{
    private static readonly Method<EventBatch, RecordEventsResponse> Record = new(
        MethodType.Unary,
        AuditService.Descriptor.FullName,
        AuditService.Descriptor.FindMethodByName("RecordEvents").Name,
        new Marshaller<EventBatch>(Write, _ => throw new NotSupportedException("A batch is only sent.")),
        new Marshaller<RecordEventsResponse>(
            (_, _) => throw new NotSupportedException("An answer is only received."),
            context => RecordEventsResponse.Parser.ParseFrom(context.PayloadAsReadOnlySequence())));

    /// <summary>Adds the events of a batch to the log.</summary>
    /// <exception cref="RpcException">As the contract has it.</exception>
    public async Task RecordAsync(EventBatch batch, DateTime deadline, CancellationToken cancellationToken) =>
        await CallInvoker.AsyncUnaryCall(Record, null, new CallOptions(deadline: deadline, cancellationToken: cancellationToken), batch);

    private static void Write(EventBatch batch, SerializationContext context)
    {
        context.SetPayloadLength(batch.Request.Length);
        batch.Request.Span.CopyTo(context.GetBufferWriter().GetSpan(batch.Request.Length));
        context.GetBufferWriter().Advance(batch.Request.Length);
        context.Complete();
    }
}
