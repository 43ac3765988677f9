using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary>Reads spans of time as people write them: 90s, 30m, 12h, 30d.</summary>
internal static class Durations
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_525);

    /// <summary>Makes an option that takes a span.</summary>
    public static Option<TimeSpan?> Option(string name, string description) => new(name) { HelpName = "TIME", Description = description, CustomParser = Parse };

    /// <summary>Writes a span as options take it, in the largest unit that leaves nothing over; null as nothing.</summary>
    public static string Write(long? seconds) => seconds switch
    {
        null => Text.None,
        > 0 and var days when days % 86_400 == 0 => $"{days / 86_400}d",
        > 0 and var hours when hours % 3_600 == 0 => $"{hours / 3_600}h",
        > 0 and var minutes when minutes % 60 == 0 => $"{minutes / 60}m",
        _ => $"{seconds}s",
    };

    /// <summary>Reads a span; null where it is none.</summary>
    public static TimeSpan? TryRead(string text)
    {
        if (text.Length <= 1 || !int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return null;
        }

        var unit = text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => TimeSpan.Zero,
        };
        return unit > TimeSpan.Zero && count <= Longest / unit ? unit * count : null;
    }

    /// <summary>Reads an option's value; what is not a span adds an error that says what one looks like.</summary>
    private static TimeSpan? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (TryRead(text) is { } span)
        {
            return span;
        }

        result.AddError($"'{text}' is not a span of time: write 90s, 30m, 12h or 30d.");
        return null;
    }
}
