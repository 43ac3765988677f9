using System.CommandLine;
using McpSecure.Cli.Commands;

namespace McpSecure.Cli.Tests.Parsing;

public sealed class DurationTests
{
    [Theory]
    [InlineData("1s", 1)]
    [InlineData("90s", 90)]
    [InlineData("30m", 1800)]
    [InlineData("12h", 43_200)]
    [InlineData("30d", 2_592_000)]
    [InlineData("36525d", 3_155_760_000)]
    [InlineData("876600h", 3_155_760_000)]
    [InlineData("0s", 0)]
    public void Parse_ASpan_AnswersIt(string text, long seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Parse(text).Value);

    [Theory]
    [InlineData(2_592_000, "30d")]
    [InlineData(7_200, "2h")]
    [InlineData(5_400, "90m")]
    [InlineData(61, "61s")]
    [InlineData(0, "0s")]
    [InlineData(null, "-")]
    public void Write_OfASpan_IsWhatAnOptionTakes(int? seconds, string text) => Assert.Equal(text, Durations.Write(seconds));

    // Hours beyond the range of TimeSpan ended the program with a stack trace.
    [Theory]
    [InlineData("2147483647h")]
    [InlineData("2147483647m")]
    [InlineData("876601h")]
    [InlineData("36526d")]
    [InlineData("99999999999s")]
    [InlineData("s")]
    [InlineData("12")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData("1.5h")]
    [InlineData("1 h")]
    [InlineData("1H")]
    [InlineData("1w")]
    [InlineData("٣h")]
    public void Parse_WhatIsNone_SaysWhatOneLooksLike(string text) =>
        Assert.Equal($"'{text}' is not a span of time: write 90s, 30m, 12h or 30d.", Parse(text).Error);

    private static (TimeSpan? Value, string? Error) Parse(string text)
    {
        var option = Durations.Option("--time", "A time.");
        var parsed = new Command("command") { option }.Parse([$"--time={text}"]);
        return parsed.Errors.Count > 0 ? (null, parsed.Errors[0].Message) : (parsed.GetValue(option), null);
    }
}
