using System.CommandLine;

namespace McpSecure.Cli.Tests.Parsing;

public sealed class NumberTests
{
    [Theory]
    [InlineData("1", 1)]
    [InlineData("600", 600)]
    [InlineData("007", 7)]
    public void Option_ANumberWithinBounds_IsTaken(string text, long expected) => Assert.Equal(expected, Parse(text).Value);

    [Theory]
    [InlineData("0")]
    [InlineData("601")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.0")]
    [InlineData("1e2")]
    [InlineData("0x10")]
    [InlineData(" 1")]
    [InlineData("9223372036854775808")]
    public void Option_AnythingElse_TellsTheBounds(string text) => Assert.Equal("--n is a number from 1 to 600.", Parse(text).Error);

    [Fact]
    public void Option_NotGiven_HasItsDefault()
    {
        var option = Numbers.Option("--n", "N", "", otherwise: 30, least: 1, most: 600);

        Assert.Equal(30, new Command("command") { option }.Parse([]).GetValue(option));
    }

    private static (long Value, string? Error) Parse(string text)
    {
        var option = Numbers.Option("--n", "N", "", otherwise: 30, least: 1, most: 600);
        var parsed = new Command("command") { option }.Parse([$"--n={text}"]);
        return parsed.Errors.Count > 0 ? (0, parsed.Errors[0].Message) : (parsed.GetValue(option), null);
    }
}
