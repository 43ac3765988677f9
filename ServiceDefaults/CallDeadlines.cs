using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Gives every call a deadline that this server can bear: one that asks for none, or for more, gets the longest allowed. None outlives the
/// certificate that it came with.
/// </summary>
internal sealed class CallDeadlines(IOptions<LimitsOptions> limits)
{
    private readonly TimeSpan longestCall = limits.Value.LongestCall;
    private readonly TimeSpan longestStream = limits.Value.LongestStream;
    private readonly string callHeader = Header(limits.Value.LongestCall);
    private readonly string streamHeader = Header(limits.Value.LongestStream);

    public void Apply(HttpRequest request, Rpc rpc, TimeSpan certificateLeft)
    {
        var (longest, header) = rpc.StreamsAnswers ? (longestStream, streamHeader) : (longestCall, callHeader);
        if (certificateLeft < longest)
        {
            (longest, header) = (certificateLeft, Header(certificateLeft));
        }

        if (request.Headers.GrpcTimeout is not [{ } asked] || Parse(asked) is not { } timeout || timeout <= TimeSpan.Zero || timeout > longest)
        {
            // The framework takes a timeout of zero for none, so it is none here.
            request.Headers.GrpcTimeout = header;
        }
    }

    /// <summary>Reads a <c>grpc-timeout</c>: one to eight digits and a unit (gRPC over HTTP2, Requests). Returns null where it is none.</summary>
    internal static TimeSpan? Parse(ReadOnlySpan<char> text)
    {
        if (text.Length is < 2 or > 9)
        {
            return null;
        }

        long value = 0;
        foreach (var digit in text[..^1])
        {
            if (!char.IsAsciiDigit(digit))
            {
                return null;
            }

            value = (value * 10) + (digit - '0');
        }

        return text[^1] switch
        {
            'H' => TimeSpan.FromTicks(value * TimeSpan.TicksPerHour),
            'M' => TimeSpan.FromTicks(value * TimeSpan.TicksPerMinute),
            'S' => TimeSpan.FromTicks(value * TimeSpan.TicksPerSecond),
            'm' => TimeSpan.FromTicks(value * TimeSpan.TicksPerMillisecond),
            'u' => TimeSpan.FromTicks(value * TimeSpan.TicksPerMicrosecond),
            'n' => TimeSpan.FromTicks(value / TimeSpan.NanosecondsPerTick),
            _ => null,
        };
    }

    private static string Header(TimeSpan longest) => $"{Math.Max(1, (long)longest.TotalMilliseconds)}m";
}
