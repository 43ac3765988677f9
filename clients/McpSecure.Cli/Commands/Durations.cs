using System.CommandLine.Parsing;
using System.Globalization;

namespace McpSecure.Cli.Commands;

/// <summary>Reads spans of time as people write them: 90s, 30m, 12h, 30d.</summary>
internal static class Durations
{
    /// <summary>Reads an option's value; what is not a span adds an error that says what one looks like.</summary>
    public static TimeSpan? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text.Length > 1 && int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            switch (text[^1])
            {
                case 's':
                    return TimeSpan.FromSeconds(count);
                case 'm':
                    return TimeSpan.FromMinutes(count);
                case 'h':
                    return TimeSpan.FromHours(count);
                case 'd' when count <= 36_525:
                    return TimeSpan.FromDays(count);
            }
        }

        result.AddError($"'{text}' is not a span of time: write 90s, 30m, 12h or 30d.");
        return null;
    }
}
