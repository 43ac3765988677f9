using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace McpSecure.ServiceDefaults;

/// <summary>Names the server's span after the rpc and adds who called and how it ended (OpenTelemetry semantic conventions for RPC).</summary>
internal static class ServerSpan
{
    public static void Describe(HttpContext context, Call call)
    {
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is not { IsAllDataRequested: true } span)
        {
            return;
        }

        span.DisplayName = call.Rpc.FullName;
        span.SetTag("rpc.system", "grpc");
        span.SetTag("rpc.service", call.Rpc.Service);
        span.SetTag("rpc.method", call.Rpc.Method);
        span.SetTag("mcpsecure.peer", call.Peer.Name);

        var status = context.Response.Headers.GrpcStatus is [{ } early] ? early : Trailer(context);
        span.SetTag("rpc.grpc.status_code", status);
        if (status is "2" or "13" or "14" or "15")
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }

    private static string? Trailer(HttpContext context) =>
        context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers.GrpcStatus is [{ } late] ? late : null;
}
