namespace McpSecure.Auth.Tests;

public sealed class PasswordTests
{
    [Theory]
    [InlineData("cafe\u0301", "caf\u00E9")] // a letter and its accent
    [InlineData("\uFF30\uFF41\uFF53\uFF53", "Pass")] // wide Latin
    [InlineData("\u212B", "\u00C5")] // the sign for ångström
    [InlineData("\uFB01ne", "fine")] // a ligature
    public void From_OneTextInTwoForms_IsOnePassword(string typed, string otherwise)
    {
        Assert.Equal(Password.From(otherwise).Reveal(), Password.From(typed).Reveal());
    }

    [Fact]
    public void From_AnyCodePoint_IsTheSameTheSecondTime()
    {
        for (var value = 0; value <= 0x10FFFF; value++)
        {
            if (value is < 0xD800 or > 0xDFFF)
            {
                var once = Password.From(char.ConvertFromUtf32(value)).Reveal();
                Assert.Equal(once, Password.From(once).Reveal());
            }
        }
    }

    [Fact]
    public void Length_OfCharactersBeyondTheFirstPlane_CountsCodePoints()
    {
        Assert.Equal(3, Password.From("a😀b").Length);
    }

    [Fact]
    public void CanNormalize_InThisProcess_IsTrue()
    {
        Assert.True(Password.CanNormalize());
    }
}
