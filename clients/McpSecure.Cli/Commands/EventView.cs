using McpSecure.Audit.V1;
using McpSecure.Cli.Output;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Shows an event of the audit log.</summary>
internal sealed record EventView(
    long Sequence,
    DateTimeOffset RecordedAt,
    string EventId,
    DateTimeOffset OccurredAt,
    string Source,
    string Action,
    Outcome Outcome,
    Severity Severity,
    ActorView? Actor,
    string? Caller,
    string? Resource,
    string? OrganizationId,
    string? Reason,
    string? TraceId,
    string? ClientAddress,
    IReadOnlyDictionary<string, string> Attributes)
{
    public static EventView Of(RecordedEvent recorded)
    {
        var told = recorded.Event;
        return new EventView(
            recorded.Sequence,
            recorded.RecordedAt.ToDateTimeOffset(),
            told.EventId,
            told.OccurredAt.ToDateTimeOffset(),
            told.Source,
            told.Action,
            told.Outcome,
            told.Severity,
            told.Actor is { } actor ? new ActorView(actor.Type, actor.Id, Text.Given(told.ActorName)) : null,
            Text.Given(told.Caller),
            Text.Given(told.Resource),
            Text.Given(told.OrganizationId),
            Text.Given(told.Reason),
            Text.Given(told.TraceId),
            Text.Given(told.ClientAddress),
            new SortedDictionary<string, string>(told.Attributes, StringComparer.Ordinal));
    }

    /// <summary>Answers the columns that people read first.</summary>
    public string[] Cells() =>
    [
        $"{Sequence}", Text.Time(OccurredAt), Action, OutcomeName, Actor?.Name ?? Actor?.Id ?? Caller ?? "", Resource ?? "", Reason ?? "", TraceId ?? "",
    ];

    /// <summary>Answers the same in one line, for events that come one by one.</summary>
    public string Line() => string.Join("  ", Cells().Select(Text.OneLine));

    private string OutcomeName => Outcome switch
    {
        Outcome.Unspecified => "unknown",
        Outcome.Success => "success",
        Outcome.Denied => "denied",
        Outcome.Failure => "failure",
    };
}

/// <summary>Shows who acted.</summary>
internal sealed record ActorView(PrincipalType Type, string Id, string? Name);
