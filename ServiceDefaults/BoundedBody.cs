using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using McpSecure.Common.V1;
using Microsoft.AspNetCore.Http.Features;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Bounds what a request takes of the memory. A message that is larger than its rpc reads is refused by the length before it (gRPC over HTTP2,
/// Length-Prefixed-Message), so that it is neither collected nor parsed: the framework knows one limit for a service. One that is large at all is looked
/// at before it is parsed.
/// </summary>
internal sealed class BoundedBody(PipeReader inner, Rpc rpc) : PipeReader, IRequestBodyPipeFeature
{
    private const int PrefixLength = 5;

    // Parsed, this much is a few megabytes at worst: not worth the look.
    private const int SmallSizeInBytes = 16 * 1024;

    public PipeReader Reader => this;

    // Pooled: each call waits here once.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => Check(await inner.ReadAsync(cancellationToken));

    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
        {
            return false;
        }

        Check(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    // The framework takes whole messages and leaves the rest, so that what is read begins with a prefix always.
    private ReadResult Check(ReadResult result)
    {
        if (result.Buffer.Length < PrefixLength)
        {
            return result;
        }

        var size = SizeOfFirst(result.Buffer);
        if (size <= SmallSizeInBytes && size <= rpc.MaxRequestSizeInBytes)
        {
            return result;
        }

        try
        {
            if (size > rpc.MaxRequestSizeInBytes)
            {
                throw Refusal.Because(ErrorReason.RequestTooLarge, "The request is larger than this server reads.");
            }

            if (result.Buffer.Length >= PrefixLength + size)
            {
                RequestRules.EnforceShape(rpc.Request, result.Buffer.Slice(PrefixLength, size));
            }

            return result;
        }
        catch (Refusal)
        {
            // All of it is done with: where something was left unread, Kestrel now and then ended the whole connection by FLOW_CONTROL_ERROR.
            inner.AdvanceTo(result.Buffer.End);
            throw;
        }
    }

    private static uint SizeOfFirst(ReadOnlySequence<byte> buffer)
    {
        if (buffer.FirstSpan.Length >= PrefixLength)
        {
            return BinaryPrimitives.ReadUInt32BigEndian(buffer.FirstSpan[1..]);
        }

        Span<byte> prefix = stackalloc byte[PrefixLength];
        buffer.Slice(0, PrefixLength).CopyTo(prefix);
        return BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
    }
}
