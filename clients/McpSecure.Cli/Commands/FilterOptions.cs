using System.CommandLine;
using McpSecure.Audit.V1;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace McpSecure.Cli.Commands;

/// <summary>Holds the filters of the audit log; one that is not given lets everything through.</summary>
internal sealed class FilterOptions
{
    private readonly Option<string?> traceId = Filter("--trace-id", "ID", "Only events of this trace.");
    private readonly Option<string?> actor = Filter("--actor", "ID", "Only events by the user, key or service with this id.");
    private readonly Option<string?> action = Filter("--action", "NAME", "Only events with this action, or under it where it ends with a dot: auth.");
    private readonly Option<string?> resource = Filter("--resource", "NAME", "Only events on exactly this resource.");
    private readonly Option<string?> source = Filter("--source", "SERVICE", "Only events told by this service.");

    private readonly Option<Outcome> outcome = new("--outcome")
    {
        HelpName = "success|denied|failure",
        Description = "Only events that ended so.",
        CustomParser = result => result.Tokens[0].Value switch
        {
            "success" => Outcome.Success,
            "denied" => Outcome.Denied,
            "failure" => Outcome.Failure,
            var other => Refuse(result, other),
        },
        CompletionSources = { "success", "denied", "failure" },
    };

    private readonly Option<DateTimeOffset?> since = Moment("--since", "Only events from this time on, for example 2026-01-31T08:00Z; UTC where no zone is named.");
    private readonly Option<DateTimeOffset?> until = Moment("--until", "Only events before this time.");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { traceId, actor, action, resource, outcome, source, since, until })
        {
            command.Add(option);
        }
    }

    public EventFilter Read(Invocation invocation) => new()
    {
        TraceId = invocation.Arguments.GetValue(traceId) ?? "",
        ActorId = invocation.Arguments.GetValue(actor) ?? "",
        Action = invocation.Arguments.GetValue(action) ?? "",
        Resource = invocation.Arguments.GetValue(resource) ?? "",
        Source = invocation.Arguments.GetValue(source) ?? "",
        Outcome = invocation.Arguments.GetValue(outcome),
        Since = Time(invocation.Arguments.GetValue(since)),
        Until = Time(invocation.Arguments.GetValue(until)),
    };

    private static Option<string?> Filter(string name, string help, string description) => new(name) { HelpName = help, Description = description };

    private static Option<DateTimeOffset?> Moment(string name, string description) =>
        new(name) { HelpName = "TIME", Description = description, CustomParser = Times.Parse };

    private static Timestamp? Time(DateTimeOffset? time) => time is { } given ? Timestamp.FromDateTimeOffset(given) : null;

    private static Outcome Refuse(System.CommandLine.Parsing.ArgumentResult result, string text)
    {
        result.AddError($"'{text}' is not an outcome: success, denied or failure.");
        return Outcome.Unspecified;
    }
}
