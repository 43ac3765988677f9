namespace McpSecure.ServiceDefaults.Tests.Redaction;

/// <summary>
/// Holds the sanitizer to time that is linear in the text, whatever is in it. Measured in CPU time of the process, and so alone: on a busy
/// machine the clock on the wall tells nothing.
/// </summary>
[Collection(nameof(TextSanitizerTimeTests))]
[CollectionDefinition(nameof(TextSanitizerTimeTests), DisableParallelization = true)]
public sealed class TextSanitizerTimeTests
{
    private const int Small = 16_384;
    private const int Times = 16;

    private static readonly TextSanitizer Everything = new(TextRules.All);

    // Texts made to be the worst for each rule. Quadratic would be 256.
    [Theory]
    [InlineData("a")]
    [InlineData("a.")]
    [InlineData("@")]
    [InlineData("a@")]
    [InlineData("a@b.cc")]
    [InlineData("a@b.cc-")]
    [InlineData("1")]
    [InlineData("4 ")]
    [InlineData("4-4")]
    [InlineData("4111 ")]
    [InlineData("41111111111111111111 ")]
    [InlineData("1.")]
    [InlineData("1.1.1.1.")]
    [InlineData(":")]
    [InlineData("a:")]
    [InlineData("::1 ")]
    [InlineData("eyJ")]
    [InlineData("eyJa.")]
    [InlineData("Bearer ")]
    [InlineData("bearer \t")]
    [InlineData("mcp_sk_")]
    [InlineData("-----BEGIN ")]
    [InlineData("-----BEGIN PRIVATE KEY-----")]
    [InlineData("-----BEGIN PRIVATE KEY-----\n-----END ")]
    [InlineData("123-45-6789-")]
    public void Sanitize_HostileText_TakesLinearTime(string piece)
    {
        var small = string.Concat(Enumerable.Repeat(piece, Small / piece.Length));
        var large = string.Concat(Enumerable.Repeat(small, Times));
        Everything.Sanitize(large);

        var (ofSmall, ofLarge) = (Best(small), Best(large));

        Assert.True(ofLarge < 6 * Times * ofSmall || ofLarge < TimeSpan.FromMilliseconds(20), $"{ofSmall.TotalMilliseconds} ms, then {ofLarge.TotalMilliseconds} ms");
    }

    // Ten calls each: the small text takes a moment.
    private static TimeSpan Best(string text) => Enumerable.Range(0, 5).Min(_ =>
    {
        var before = Environment.CpuUsage.UserTime;
        for (var i = 0; i < 10; i++)
        {
            Everything.Sanitize(text);
        }

        return Environment.CpuUsage.UserTime - before;
    });
}
