using System.CommandLine;
using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Client;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure audit tail</c>: follows the log, across restarts of the service and the end of its streams, without gaps or repeats.</summary>
internal static class AuditTail
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static Command Create(CommandRunner runner)
    {
        var filter = new FilterOptions();
        var from = Numbers.Option("--from", "PLACE", "Begin with this place in the log, from 1; 0: only what happens from now on.", otherwise: 0, least: 0, most: long.MaxValue);
        var limit = Numbers.Option("--limit", "N", "End after N events; 0: when ended by Ctrl-C.", otherwise: 0, least: 0, most: long.MaxValue);
        var command = new Command("tail", "Follow the log: each event on a line as it arrives, with --json as JSON Lines.") { from, limit };
        filter.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var request = new TailEventsRequest { Filter = filter.Read(invocation), FromSequence = invocation.Arguments.GetValue(from) };
            if (request.FromSequence == 0)
            {
                request.FromSequence = await NextPlaceAsync(services, cancellationToken);
            }

            await FollowAsync(invocation, services, request, invocation.Arguments.GetValue(limit), cancellationToken);
        });
    }

    // A place that is known makes reconnecting safe: "from now on" would skip what happened in between.
    private static async Task<long> NextPlaceAsync(Services services, CancellationToken cancellationToken)
    {
        var newest = await services.Log.QueryEventsAsync(new QueryEventsRequest { PageSize = 1 }, cancellationToken: cancellationToken);
        return newest.Events.Count == 0 ? 1 : newest.Events[0].Sequence + 1;
    }

    private static async Task FollowAsync(
        Invocation invocation,
        Services services,
        TailEventsRequest request,
        long limit,
        CancellationToken cancellationToken)
    {
        var left = limit > 0 ? limit : long.MaxValue;
        var connection = new TailConnection(invocation.Clock);
        while (true)
        {
            connection.Begin();
            try
            {
                using var call = services.Log.TailEvents(request, cancellationToken: cancellationToken);
                await call.ResponseHeadersAsync;
                connection.Opened();
                await foreach (var message in call.ResponseStream.ReadAllAsync(cancellationToken))
                {
                    connection.Heard();
                    invocation.Answer.WriteLine(EventView.Of(message.Event), happened => happened.Line());
                    request.FromSequence = message.Event.Sequence + 1;
                    if (--left == 0)
                    {
                        return;
                    }
                }
            }
            catch (RpcException e) when (IsReasonToReconnect(e) && connection.MayTryAgain())
            {
                // The server ends every stream after a while (DEADLINE_EXCEEDED): that is nothing to tell of.
                if (e.StatusCode != StatusCode.DeadlineExceeded)
                {
                    invocation.Answer.Note($"The log is away; trying again from place {request.FromSequence}.");
                }
            }

            await Task.Delay(Pause, invocation.Clock, cancellationToken);
        }
    }

    private static bool IsReasonToReconnect(RpcException ended) =>
        ended.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded
        || McpSecureError.From(ended).Reason == ErrorReason.Busy;
}
