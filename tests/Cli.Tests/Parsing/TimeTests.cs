using System.CommandLine;
using System.Globalization;
using McpSecure.Cli.Commands;

namespace McpSecure.Cli.Tests.Parsing;

public sealed class TimeTests
{
    [Theory]
    [InlineData("2026-01-31", "2026-01-31T00:00:00Z")]
    [InlineData("2026-01-31T08:00", "2026-01-31T08:00:00Z")]
    [InlineData("2026-01-31T08:00Z", "2026-01-31T08:00:00Z")]
    [InlineData("2026-01-31T08:00+01:00", "2026-01-31T07:00:00Z")]
    [InlineData("2026-01-31T08:00:01.5Z", "2026-01-31T08:00:01.5Z")]
    [InlineData("2026-01-31 08:00:01Z", "2026-01-31T08:00:01Z")]
    public void Parse_ATime_AnswersItInUtcWhereItNamesNoZone(string text, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), Parse(text).Value);

    // Each was read before, as something that depends on the machine or on today.
    [Theory]
    [InlineData("08:00")]
    [InlineData("01/02/2026")]
    [InlineData("31 January 2026")]
    [InlineData("2026-1-31")]
    [InlineData("2026-02-30")]
    [InlineData("0001-01-01T00:00+14:00")]
    [InlineData("now")]
    public void Parse_WhatIsNone_SaysWhatOneLooksLike(string text) =>
        Assert.StartsWith($"'{text}' is not a time: write ", Parse(text).Error, StringComparison.Ordinal);

    private static (DateTimeOffset? Value, string? Error) Parse(string text)
    {
        var option = new Option<DateTimeOffset?>("--time") { CustomParser = Times.Parse };
        var parsed = new Command("command") { option }.Parse([$"--time={text}"]);
        return parsed.Errors.Count > 0 ? (null, parsed.Errors[0].Message) : (parsed.GetValue(option), null);
    }
}
