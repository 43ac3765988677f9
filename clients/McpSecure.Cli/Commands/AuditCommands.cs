using System.CommandLine;
using McpSecure.Audit.V1;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure audit</c>: reads the audit log and verifies it.</summary>
internal static class AuditCommands
{
    public static Command Create(CommandRunner runner) =>
        new("audit", "Read the audit log and verify it.") { Query(runner), AuditTail.Create(runner), AuditVerification.Create(runner) };

    private static Command Query(CommandRunner runner)
    {
        var filter = new FilterOptions();
        var limit = Pages.Limit(otherwise: 100);
        var command = new Command("query", "List events that match every filter, newest first.") { limit };
        filter.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var wanted = filter.Read(invocation);
            var events = await Pages.ReadAsync(invocation.Arguments.GetValue(limit), async (size, token) =>
            {
                var page = await services.Log.QueryEventsAsync(
                    new QueryEventsRequest { Filter = wanted, PageSize = size, PageToken = token }, cancellationToken: cancellationToken);
                return (page.Events, page.NextPageToken);
            });

            invocation.Answer.Write(new EventList([.. events.Select(EventView.Of)]), list => Table.Rows(
                "No events.",
                ["Place", "Time", "Action", "Outcome", "Who", "Resource", "Reason", "Trace"],
                list.Events.Select(happened => happened.Cells())));
        });
    }

    private sealed record EventList(IReadOnlyList<EventView> Events);
}
