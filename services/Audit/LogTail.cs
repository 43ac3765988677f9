using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Audit;

/// <summary>
/// Follows the log for one reader: looks for the entries after the last one, again and again. Entries become visible in the order of their
/// places, so going on after the last one misses none.
/// </summary>
internal sealed class LogTail(LogReader reader, RecordedReading reading, IHostApplicationLifetime lifetime, TimeProvider clock)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(200);

    // As long as any cache may go on answering after a token was revoked.
    private static readonly TimeSpan AskInterval = TimeSpan.FromSeconds(5);

    /// <summary>Writes every event that passes the filter, from a place on (0: from now on), until the caller goes, may no longer read, or this process stops.</summary>
    /// <exception cref="Refusal">DEPENDENCY_UNAVAILABLE when this process stops; as <see cref="ActorGate"/> has it when the caller may no longer read.</exception>
    public async Task FollowAsync(long from, EventFilter filter, Func<RecordedEvent, Task> write, ServerCallContext context)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            var next = from == 0 ? (await reader.EndAsync(ending.Token)).Head.Sequence + 1 : from;

            // Tells the caller that he follows, though nothing may come for long.
            await context.WriteResponseHeadersAsync([]);
            var asked = clock.GetTimestamp();
            while (true)
            {
                var entries = await reader.ReadAsync(next, long.MaxValue, ending.Token);
                foreach (var recorded in entries.Select(EntryMessages.ToRecordedEvent))
                {
                    if (recorded.Sequence != next++)
                    {
                        throw new InvalidDataException($"Entry {next - 1} of the log is missing.");
                    }

                    if (filter.Matches(recorded.Event))
                    {
                        await write(recorded);
                    }
                }

                if (entries.Count < LogReader.ChunkSize)
                {
                    await Task.Delay(LookInterval, clock, ending.Token);
                }

                if (clock.GetElapsedTime(asked) > AskInterval)
                {
                    asked = clock.GetTimestamp();
                    await reading.StillRequireAsync(context);
                }
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw Refusal.Because(ErrorReason.DependencyUnavailable, "This server is stopping: follow again from the place after the last entry.");
        }
    }
}
