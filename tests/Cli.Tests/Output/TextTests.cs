using System.Text.Json;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Tests.Output;

public sealed class TextTests
{
    public static TheoryData<string> Steering =>
    [
        "\u001b[31m", // ANSI
        "\u009b31m", // the same in one character of C1
        "\u001b]8;;https://evil\u0007", // a link
        "\b\b\b", // writes over
        "\r", // likewise
        "\u007f",
        "\u202e", // turns the direction of writing
        "\u2066",
        "\u200b", // is not seen
        "\ufeff",
        "\U000e0041", // a tag, beyond the basic plane
        "\u2028",
        "\u0085",
    ];

    [Theory]
    [MemberData(nameof(Steering))]
    public void Printable_WhatSteersTheTerminal_IsWrittenAsItsNumber(string text) =>
        Assert.DoesNotContain(Text.Printable($"a{text}b").EnumerateRunes(), Text.Steers);

    [Theory]
    [MemberData(nameof(Steering))]
    public void Table_WithWhatSteersTheTerminal_IsHarmless(string text) =>
        Assert.DoesNotContain(Table.Details(("Name", $"a{text}b")).EnumerateRunes(), Text.Steers);

    // The encoder of .NET leaves the characters that turn the direction of writing.
    [Theory]
    [MemberData(nameof(Steering))]
    public void Json_WithWhatSteersTheTerminal_IsHarmlessAndMeansTheSame(string text)
    {
        var json = OutputJson.Write(new[] { $"a{text}b" }, OutputJson.Document);

        Assert.DoesNotContain(json.EnumerateRunes(), Text.Steers);
        Assert.Equal($"a{text}b", JsonSerializer.Deserialize<string[]>(json)![0]);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("größer 東京 😀", "größer 東京 😀")]
    [InlineData("a\nb\r\nc", "a b c")]
    [InlineData("a  success  b", "a success b")]
    [InlineData("  \n ", "-")]
    [InlineData("", "-")]
    public void OneLine_OfAnyText_ForgesNeitherLineNorColumn(string text, string expected) => Assert.Equal(expected, Text.OneLine(text));

    [Fact]
    public void Printable_OfHalfACharacter_WritesThatItIsNone() => Assert.Equal("\ufffd", Text.Printable("\ud800"));

    [Fact]
    public void Rows_UnderHeaders_Align()
    {
        var table = Table.Rows("None.", ["Name", "Made"], [["ann", "today"], ["barbara", ""]]);

        Assert.Equal("NAME     MADE\nann      today\nbarbara  -\n", table);
    }

    [Fact]
    public void Rows_WithoutAny_SayWhatThereIsNotOf() => Assert.Equal("None.", Table.Rows("None.", ["Name"], []));
}
