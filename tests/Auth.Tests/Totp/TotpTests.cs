using System.Text;
using System.Text.Json;

namespace McpSecure.Auth.Tests;

public sealed class TotpTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 4, 12, 0, 7, TimeSpan.Zero);

    public static TheoryData<long, string> Rfc6238AppendixB()
    {
        using var stream = typeof(TotpTests).Assembly.GetManifestResourceStream("Vectors/rfc6238.json")!;
        using var file = JsonDocument.Parse(stream);
        var data = new TheoryData<long, string>();
        foreach (var code in file.RootElement.GetProperty("codes").EnumerateArray())
        {
            data.Add(code.GetProperty("seconds").GetInt64(), code.GetProperty("eight_digits").GetString()!);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Rfc6238AppendixB))]
    public void CodeOf_TheVectorsOfRfc6238_IsTheirs(long seconds, string eightDigits)
    {
        using var secret = TotpSecret.CopyOf("12345678901234567890"u8);
        var step = Totp.StepAt(DateTimeOffset.FromUnixTimeSeconds(seconds));

        Assert.Equal(int.Parse(eightDigits), Totp.NumberOf(secret, step) % 100_000_000);
        Assert.Equal(eightDigits[2..], Totp.CodeOf(secret, step).Reveal());
    }

    // RFC 4226 appendix D: the counters 0 to 9.
    [Fact]
    public void CodeOf_TheVectorsOfRfc4226_IsTheirs()
    {
        using var secret = TotpSecret.CopyOf("12345678901234567890"u8);

        var codes = Enumerable.Range(0, 10).Select(counter => Totp.CodeOf(secret, counter).Reveal());

        Assert.Equal(["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"], codes);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    public void FindStep_OfANeighbour_IsFound(int distance)
    {
        using var secret = TotpSecret.Random();
        var step = Totp.StepAt(Now) + distance;

        Assert.Equal(step, Totp.FindStep(secret, Totp.CodeOf(secret, step), Now));
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(2)]
    public void FindStep_OfTwoStepsAway_IsNotFound(int distance)
    {
        using var secret = TotpSecret.CopyOf("12345678901234567890"u8);

        Assert.Null(Totp.FindStep(secret, Totp.CodeOf(secret, Totp.StepAt(Now) + distance), Now));
    }

    // RFC 4648 §10, without padding.
    [Theory]
    [InlineData("f", "MY")]
    [InlineData("fo", "MZXQ")]
    [InlineData("foo", "MZXW6")]
    [InlineData("foob", "MZXW6YQ")]
    [InlineData("fooba", "MZXW6YTB")]
    [InlineData("foobar", "MZXW6YTBOI")]
    public void RevealBase32_TheVectorsOfRfc4648_IsTheirs(string text, string expected)
    {
        using var secret = TotpSecret.CopyOf(Encoding.ASCII.GetBytes(text));

        Assert.Equal(expected, secret.RevealBase32());
    }

    [Theory]
    [InlineData("")]
    [InlineData("12345")]
    [InlineData("1234567")]
    [InlineData("12345a")]
    [InlineData(" 12345")]
    [InlineData("+12345")]
    [InlineData("１２３４５６")]
    public void Parse_AnythingButSixDigits_IsNone(string text)
    {
        Assert.Null(TotpCode.Parse(text));
    }

    [Fact]
    public void RevealUri_OfNamesWithSpecialCharacters_EscapesThem()
    {
        var authenticator = new NewAuthenticator("MZXW6", "My Company & Co", "a.b-c_d");

        Assert.Equal(
            "otpauth://totp/My%20Company%20%26%20Co:a.b-c_d?secret=MZXW6&issuer=My%20Company%20%26%20Co&algorithm=SHA1&digits=6&period=30",
            authenticator.RevealUri());
    }
}
