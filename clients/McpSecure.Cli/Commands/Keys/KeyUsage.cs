using System.CommandLine;
using McpSecure.ApiKey.V1;
using McpSecure.Cli.Output;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure keys usage</c>: how often a key was used, by hours, and when last.</summary>
internal static class KeyUsage
{
    public static Command Create(CommandRunner runner)
    {
        var id = KeyOptions.Id();
        var since = Moment("--since", "From the hour of this time, at most 31 days. Default: the day before the end.");
        var until = Moment("--until", "To the hour of this time. Default: now.");

        return runner.On(new Command("usage", "Show how an API key was used, by hours.") { id, since, until }, async (invocation, cancellationToken) =>
        {
            var request = new GetApiKeyUsageRequest
            {
                ApiKeyId = invocation.Arguments.GetRequiredValue(id),
                From = Time(invocation.Arguments.GetValue(since)),
                To = Time(invocation.Arguments.GetValue(until)),
            };
            var response = await invocation.ConnectAsUser().KeyUsage.GetApiKeyUsageAsync(request, cancellationToken: cancellationToken);
            invocation.Answer.Write(
                new Usage(request.ApiKeyId, response.LastUsedAt?.ToDateTimeOffset(), [.. response.Hours.Select(Hour.Of)]),
                usage => Table.Details(("Last used", Text.Time(usage.LastUsedAt))) + Table.Rows(
                    "Not used in this time.",
                    ["Hour", "Allowed", "Denied", "Limited"],
                    usage.Hours.Select(hour => new[] { Text.Time(hour.Start), $"{hour.Allowed}", $"{hour.Denied}", $"{hour.Limited}" })));
        });
    }

    private static Option<DateTimeOffset?> Moment(string name, string description) =>
        new(name) { HelpName = "TIME", Description = description, CustomParser = Times.Parse };

    private static Timestamp? Time(DateTimeOffset? time) => time is { } given ? Timestamp.FromDateTimeOffset(given) : null;

    private sealed record Usage(string ApiKeyId, DateTimeOffset? LastUsedAt, IReadOnlyList<Hour> Hours);

    private sealed record Hour(DateTimeOffset Start, long Allowed, long Denied, long Limited)
    {
        public static Hour Of(ApiKeyUsageHour hour) => new(hour.Hour.ToDateTimeOffset(), hour.Allowed, hour.Denied, hour.Limited);
    }
}
