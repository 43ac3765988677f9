using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace McpSecure.ServiceDefaults;

/// <summary>Names the server's span after the rpc and adds who called and how it ended (OpenTelemetry semantic conventions for RPC).</summary>
internal static class ServerSpan
{
    public static void Describe(HttpContext context, Call call, string? status)
    {
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is not { IsAllDataRequested: true } span)
        {
            return;
        }

        span.DisplayName = call.Rpc.FullName;
        span.SetTag("rpc.system", "grpc");
        span.SetTag("rpc.service", call.Rpc.Service);
        span.SetTag("rpc.method", call.Rpc.Method);
        span.SetTag("rpc.grpc.status_code", status);
        span.SetTag("mcpsecure.peer", call.Peer.Name);
        if (status is "2" or "13" or "14" or "15")
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }
}
