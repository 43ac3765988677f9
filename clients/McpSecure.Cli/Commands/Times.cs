using System.CommandLine.Parsing;
using System.Globalization;

namespace McpSecure.Cli.Commands;

/// <summary>Reads points in time as RFC 3339 has them, and as this command's tables write them; the same on every machine.</summary>
internal static class Times
{
    private static readonly string[] Forms =
    [
        "yyyy-MM-dd",
        "yyyy-MM-dd'T'HH:mmK",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd HH:mmK",
        "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
    ];

    /// <summary>Reads a time, in UTC where it names no zone; null where it is none.</summary>
    public static DateTimeOffset? TryRead(string text) =>
        DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>Reads an option's value, in UTC where it names no zone; what is not a time adds an error that says what one looks like.</summary>
    public static DateTimeOffset? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (TryRead(text) is { } time)
        {
            return time;
        }

        result.AddError($"'{text}' is not a time: write 2026-01-31, 2026-01-31T08:00Z or 2026-01-31T08:00+01:00.");
        return null;
    }
}
