using System.Text;

namespace McpSecure.Cli.Tests.Parsing;

public sealed class Base32Tests
{
    // RFC 4648 section 10.
    [Theory]
    [InlineData("MY======", "f")]
    [InlineData("MZXQ====", "fo")]
    [InlineData("MZXW6===", "foo")]
    [InlineData("MZXW6YQ=", "foob")]
    [InlineData("MZXW6YTB", "fooba")]
    [InlineData("MZXW6YTBOI======", "foobar")]
    [InlineData("", "")]
    public void TryDecode_TheVectorsOfTheRfc_AnswersTheirBytes(string text, string expected) =>
        Assert.Equal(Encoding.ASCII.GetBytes(expected), Base32.TryDecode(text));

    [Theory]
    [InlineData("mzxw6ytboi")]
    [InlineData("MZXW 6YTB OI")]
    [InlineData("MZXW-6YTB-OI")]
    [InlineData("  MZXW6YTBOI \t")]
    public void TryDecode_AsPeopleTypeIt_AnswersTheSameBytes(string text) =>
        Assert.Equal("foobar"u8.ToArray(), Base32.TryDecode(text));

    [Theory]
    [InlineData("MZXW6YT1")] // no 0, 1, 8 and 9
    [InlineData("MZXW6YT!")]
    [InlineData("MZ=XW6YTB")]
    [InlineData("A")] // no whole byte
    [InlineData("MZXW6YTBO")] // five bits left over
    [InlineData("MZ")] // bits left over that are not zero
    [InlineData("ſſſſſſſſ")] // a long s is a capital S to some
    public void TryDecode_WhatIsNone_AnswersNull(string text) => Assert.Null(Base32.TryDecode(text));
}
