using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using McpSecure.Common.V1;
using Microsoft.AspNetCore.Http.Features;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Reads a request whose messages may have less than the framework reads, which knows one limit for a service: refuses a larger message by
/// the length before it (gRPC over HTTP2, Length-Prefixed-Message), so that it is neither collected nor parsed.
/// </summary>
internal sealed class BoundedBody(PipeReader inner, int maxMessageSizeInBytes) : PipeReader, IRequestBodyPipeFeature
{
    private const int PrefixLength = 5;

    public PipeReader Reader => this;

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
        if (result.Buffer.Length >= PrefixLength)
        {
            Span<byte> prefix = stackalloc byte[PrefixLength];
            result.Buffer.Slice(0, PrefixLength).CopyTo(prefix);
            if (BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]) > maxMessageSizeInBytes)
            {
                inner.AdvanceTo(result.Buffer.Start);
                throw Refusal.Because(ErrorReason.RequestTooLarge, "The request is larger than this server reads.");
            }
        }

        return result;
    }
}
