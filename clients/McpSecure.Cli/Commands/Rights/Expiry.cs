using System.CommandLine;
using System.CommandLine.Parsing;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace McpSecure.Cli.Commands;

/// <summary>Says when something ends: at a time, or after a span of it.</summary>
internal sealed record Expiry(DateTimeOffset? At, TimeSpan? After)
{
    /// <summary>Makes the option <c>--expires</c>.</summary>
    public static Option<Expiry?> Option() => new("--expires")
    {
        HelpName = "TIME",
        Description = "When it ends: 12h or 30d from now, or 2026-01-31T08:00Z. Default: it does not.",
        CustomParser = Parse,
    };

    /// <summary>Answers the end that an option says; null where it is not given.</summary>
    public static Timestamp? Read(Invocation invocation, Option<Expiry?> option) => invocation.Arguments.GetValue(option) switch
    {
        null => null,
        { At: { } at } => Timestamp.FromDateTimeOffset(at),
        { After: var span } => Timestamp.FromDateTimeOffset(invocation.Clock.GetUtcNow() + span!.Value),
    };

    private static Expiry? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (Durations.TryRead(text) is { } span)
        {
            return new Expiry(At: null, span);
        }

        if (Times.TryRead(text) is { } time)
        {
            return new Expiry(time, After: null);
        }

        result.AddError($"'{text}' is no end: write 12h, 30d, 2026-01-31 or 2026-01-31T08:00Z.");
        return null;
    }
}
