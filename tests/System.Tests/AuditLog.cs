using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Cli.Commands;

namespace McpSecure.SystemTests;

/// <summary>Reads the audit log as an administrator does.</summary>
internal static class AuditLog
{
    /// <summary>Gives every event that matches.</summary>
    public static async Task<IReadOnlyList<RecordedEvent>> EventsAsync(this Person reader, EventFilter filter)
    {
        var answer = await reader.Call<AuditService.AuditServiceClient>().QueryEventsAsync(new QueryEventsRequest { Filter = filter, PageSize = 1000 });

        return answer.Events;
    }

    /// <summary>Waits until an event that matches is in the log, and gives all that do.</summary>
    public static async Task<IReadOnlyList<RecordedEvent>> AwaitEventsAsync(this Person reader, EventFilter filter)
    {
        IReadOnlyList<RecordedEvent> events = [];
        await Until.TrueAsync($"an event with {filter.Action} {filter.TraceId}", async () => (events = await reader.EventsAsync(filter)).Count > 0);

        return events;
    }

    /// <summary>Recomputes the chain from the bytes, and gives it, or what is wrong with the log.</summary>
    public static async Task<(LogChain Chain, string? Fault)> ReadChainAsync(this Person reader)
    {
        var chain = new LogChain();
        using var call = reader.Call<AuditService.AuditServiceClient>().ReadLog(new ReadLogRequest());

        await foreach (var answer in call.ResponseStream.ReadAllAsync())
        {
            foreach (var entry in answer.Entries)
            {
                if (chain.TryAdd(entry) is { } fault)
                {
                    return (chain, fault);
                }
            }
        }

        return (chain, null);
    }
}
