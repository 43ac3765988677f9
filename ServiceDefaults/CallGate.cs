using System.Diagnostics;
using McpSecure.Client;
using McpSecure.Common.V1;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Stands before everything else on both ports. On the gRPC port it lets a call through when its peer may make it, before a byte of the
/// body is read; on the health port it answers by itself.
/// </summary>
internal sealed class CallGate(
    RequestDelegate next,
    RpcTable rpcs,
    CallDeadlines deadlines,
    HealthPort healthPort,
    CertificateFiles files,
    Drain drain,
    CallMetrics metrics,
    TimeProvider clock,
    ILogger<CallGate> logger)
{
    private const int LongestPath = 128;

    public Task InvokeAsync(HttpContext context)
    {
        // Only connections that came through the mTLS listener have a peer.
        if (context.Features.Get<ConnectionPeer>() is not { } peer)
        {
            return healthPort.AnswerAsync(context);
        }

        var started = Stopwatch.GetTimestamp();
        var now = clock.GetUtcNow();
        if (!peer.StillHolds(files.Current, now))
        {
            Log.PeerNoLongerHolds(logger, peer.Identity.Name);
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
            return RefuseAsync(context, null, peer.Identity, started, PeerNoLongerHolds());
        }

        var rpc = rpcs.Find(context.Request.Path.Value);
        if (rpc?.Allows(peer.Identity) != true)
        {
            Log.CallerRefused(logger, peer.Identity.Name, PrintableText.Of(context.Request.Path.Value ?? "", LongestPath));
            return RefuseAsync(context, rpc, peer.Identity, started, Refusal.Because(ErrorReason.CallerNotAllowed, $"{peer.Identity.Name} may not call this, or there is no such rpc."));
        }

        deadlines.Apply(context.Request, rpc, peer.Left(now));
        var call = new Call(rpc, peer.Identity);
        context.Features.Set(call);
        context.Features.Set<IRequestBodyPipeFeature>(new BoundedBody(context.Request.BodyReader, rpc));
        return rpc.StreamsAnswers ? StreamAsync(context, call, peer, started) : CallAsync(context, call, started);
    }

    /// <summary>Makes the answer to a peer whose certificate held when it connected.</summary>
    internal static Refusal PeerNoLongerHolds() =>
        Refusal.Because(ErrorReason.WorkloadUnknown, "The certificate of this connection is no longer valid: connect again.");

    // A stream has no end of its own: it ends with the service, or it would hold the end up and then be torn; and with its peer's
    // certificate, which is looked at when the files change (its own end is the call's deadline).
    private async Task StreamAsync(HttpContext context, Call call, ConnectionPeer peer, long started)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.Ending);
        context.RequestAborted = either.Token;
        var close = context.Features.Get<IConnectionLifetimeNotificationFeature>();
        EventHandler look = (_, _) => EndIfPeerIsGone(call, peer, close, either);
        files.Changed += look;
        try
        {
            EndIfPeerIsGone(call, peer, close, either); // the files may have changed since the gate looked
            await CallAsync(context, call, started);
        }
        finally
        {
            files.Changed -= look;
        }
    }

    private void EndIfPeerIsGone(Call call, ConnectionPeer peer, IConnectionLifetimeNotificationFeature? close, CancellationTokenSource end)
    {
        if (peer.StillHolds(files.Current, clock.GetUtcNow()))
        {
            return;
        }

        Log.PeerNoLongerHolds(logger, peer.Identity.Name);
        call.PeerNoLongerHolds = true;
        try
        {
            _ = end.CancelAsync(); // not here: what it wakes must neither delay nor break the reading of the files
            close?.RequestClose();
        }
        catch (ObjectDisposedException)
        {
            // The stream ended by itself in the same moment.
        }
    }

    private async Task CallAsync(HttpContext context, Call call, long started)
    {
        await next(context);

        var response = context.Response;
        if (!call.Reached && !response.HasStarted && response.Headers.GrpcStatus is [{ } status])
        {
            Complete(context, status);
        }

        var ended = StatusOf(context);
        ServerSpan.Describe(context, call, ended);
        metrics.Record(call.Rpc, call.Peer, ended, started);
    }

    private static string? StatusOf(HttpContext context) =>
        context.Response.Headers.GrpcStatus is [{ } early] ? early
        : context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers.GrpcStatus is [{ } late] ? late
        : null;

    // The framework read the request and gave up before our code saw it. Its status says why, without our details.
    private static void Complete(HttpContext context, string status)
    {
        var refusal = status switch
        {
            "2" or "13" => Refusal.Because(ErrorReason.RequestMalformed, "The bytes of the request are not a message of its type."),
            "8" => Refusal.Because(ErrorReason.RequestTooLarge, "The request is larger than this server reads."),
            _ => null,
        };

        if (refusal is not null)
        {
            WriteStatus(context.Response.Headers, refusal);
        }
    }

    private Task RefuseAsync(HttpContext context, Rpc? rpc, PeerIdentity peer, long started, Refusal refusal)
    {
        // A prober that speaks plain HTTP must not take a refusal for an answer.
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) != true)
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return Task.CompletedTask;
        }

        context.Response.ContentType = "application/grpc";
        WriteStatus(context.Response.Headers, refusal);
        metrics.Record(rpc, peer, context.Response.Headers.GrpcStatus, started);
        return Task.CompletedTask;
    }

    private static void WriteStatus(IHeaderDictionary headers, Refusal refusal)
    {
        headers.GrpcStatus = ((int)refusal.StatusCode).ToString();
        headers.GrpcMessage = Uri.EscapeDataString(refusal.Status.Detail);
        headers[Refusal.DetailsTrailer] = Convert.ToBase64String(refusal.Details).TrimEnd('=');
    }
}
