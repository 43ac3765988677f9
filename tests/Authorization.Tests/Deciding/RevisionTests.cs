namespace McpSecure.Authorization.Tests;

public sealed class RevisionTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    [InlineData(long.MaxValue)]
    public void Parse_OwnText_IsTheSame(long value) => Assert.Equal(new Revision(value), Revision.Parse(new Revision(value).ToString(), null));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("r1.")]
    [InlineData("1")]
    [InlineData("r1.0a")]
    [InlineData("r1.A")]
    [InlineData("r1.-1")]
    [InlineData("r1. 1")]
    [InlineData("r1.ffffffffffffffff")]
    [InlineData("r1.10000000000000000")]
    [InlineData("r2.1")]
    public void Parse_AnythingElse_IsRefused(string? text) => Assert.False(Revision.TryParse(text, null, out _));
}
