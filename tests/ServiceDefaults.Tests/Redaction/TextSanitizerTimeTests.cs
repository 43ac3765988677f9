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

    // Texts made to be the worst for each rule. Quadratic would be 16 times as much.
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

        // The same number of characters, in pieces and whole. The clock of CPU time may tick in 10 ms.
        var (inPieces, whole) = (Best(small, 4 * Times), Best(large, 4));

        Assert.True(whole < (4 * inPieces) + TimeSpan.FromMilliseconds(40), $"{inPieces.TotalMilliseconds} ms in pieces, {whole.TotalMilliseconds} ms as a whole");
    }

    private static TimeSpan Best(string text, int calls) => Enumerable.Range(0, 3).Min(_ =>
    {
        var before = Environment.CpuUsage.UserTime;
        for (var i = 0; i < calls; i++)
        {
            Everything.Sanitize(text);
        }

        return Environment.CpuUsage.UserTime - before;
    });
}
