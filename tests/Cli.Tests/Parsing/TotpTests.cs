namespace McpSecure.Cli.Tests.Parsing;

public sealed class TotpTests
{
    private static readonly byte[] Secret = "12345678901234567890"u8.ToArray();

    // RFC 4226 appendix D: the counter is the number of the period.
    [Theory]
    [InlineData(0, "755224")]
    [InlineData(1, "287082")]
    [InlineData(2, "359152")]
    [InlineData(3, "969429")]
    [InlineData(4, "338314")]
    [InlineData(5, "254676")]
    [InlineData(6, "287922")]
    [InlineData(7, "162583")]
    [InlineData(8, "399871")]
    [InlineData(9, "520489")]
    public void Code_TheVectorsOfHotp_AreMet(int counter, string expected) =>
        Assert.Equal(expected, Totp.Code(Secret, DateTimeOffset.UnixEpoch, counter));

    // RFC 6238 appendix B, SHA-1; the last six of its eight digits.
    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1111111111, "050471")]
    [InlineData(1234567890, "005924")]
    [InlineData(2000000000, "279037")]
    [InlineData(20000000000, "353130")]
    public void Code_TheVectorsOfTotp_AreMet(long seconds, string expected) =>
        Assert.Equal(expected, Totp.Code(Secret, DateTimeOffset.FromUnixTimeSeconds(seconds)));

    [Theory]
    [InlineData(0, 0, 30)]
    [InlineData(29, 0, 1)]
    [InlineData(30, 0, 30)]
    [InlineData(29, 1, 31)]
    public void SecondsLeft_WithinAPeriod_CountsToItsEnd(long seconds, int steps, int expected) =>
        Assert.Equal(expected, Totp.SecondsLeft(DateTimeOffset.FromUnixTimeSeconds(seconds), steps));

    [Theory]
    [InlineData(59, "287082", false)]
    [InlineData(29, "287082", true)]
    public async Task Command_ASecretOnStandardInput_WritesTheCode(long seconds, string expected, bool next)
    {
        var terminal = new TestTerminal("gezd gnbv gy3t qojq gezd gnbv gy3t qojq\n");

        var code = await CommandLine.RunAsync(
            ["totp", "--secret-stdin", .. next ? ["--next"] : Array.Empty<string>()],
            terminal,
            new Testing.FakeClock(DateTimeOffset.FromUnixTimeSeconds(seconds)));

        Assert.Equal(0, code);
        Assert.Equal(expected + "\n", $"{terminal.Out}");
    }

    [Theory]
    [InlineData("not base32!\n")]
    [InlineData("====\n")]
    public async Task Command_ASecretThatIsNone_IsRefusedWithoutEchoingIt(string secret)
    {
        using var desk = Desk.Alone();

        var ran = await desk.RunAsync(new TestTerminal(secret), "totp", "--secret-stdin");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.StartsWith("error: The authenticator secret is not Base32. (INVALID_INPUT)\n", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(secret.Trim(), ran.Error, StringComparison.Ordinal);
    }
}
