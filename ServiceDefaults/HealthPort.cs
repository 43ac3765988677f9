using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace McpSecure.ServiceDefaults;

/// <summary>Answers the plain-HTTP port: <c>/health</c> (ready to serve?) and <c>/alive</c> (does the process run?), and nothing else.</summary>
internal sealed class HealthPort(Readiness readiness)
{
    public async Task AnswerAsync(HttpContext context)
    {
        var response = context.Response;
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        switch (context.Request.Path.Value)
        {
            case "/alive":
                await WriteAsync(context, "alive", []);
                break;
            case "/health":
                var waitingFor = await readiness.WaitingForAsync(context.RequestAborted);
                response.StatusCode = waitingFor.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
                await WriteAsync(context, waitingFor.Count == 0 ? "ready" : "waiting", waitingFor);
                break;
            default:
                response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    }

    private static async Task WriteAsync(HttpContext context, string status, IReadOnlyList<string> waitingFor)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("status", status);
        json.WriteStartArray("waiting_for");
        foreach (var name in waitingFor)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
