namespace McpSecure.Auth.Tests;

public sealed class PasswordRulesTests
{
    [Theory]
    [InlineData("correct horse battery staple")]
    [InlineData("violet anchors drift slowly")]
    [InlineData("tr0ub4dor&3xyzzy")]
    [InlineData("gXk29fLq0zWv")]
    [InlineData("日本語のながいあいことば")]
    [InlineData("            x y z q w        ")]
    public void Judge_WhatNobodyTriesFirst_IsAccepted(string password)
    {
        Assert.Equal(PasswordVerdict.Accepted, PasswordRules.Judge(Password.From(password), "alice"));
    }

    [Theory]
    [InlineData("password1234")]
    [InlineData("Password123!")]
    [InlineData("P@ssw0rd2024")]
    [InlineData("passwordpassword")]
    [InlineData("123456789012")]
    [InlineData("098765432109")]
    [InlineData("qwertyuiop12")]
    [InlineData("1qaz2wsx3edc")]
    [InlineData("aaaaaaaaaaaa")]
    [InlineData("abcabcabcabc")]
    [InlineData("x7Gq!x7Gq!x7Gq!")]
    [InlineData("letmeinplease")]
    [InlineData("iloveyou2025!")]
    [InlineData("Summer2025!!")]
    [InlineData("administrator1")]
    [InlineData("welcome-2-mcpsecure")]
    [InlineData("dragonmonkey99")]
    [InlineData("ｐａｓｓｗｏｒｄ１２３４")]
    public void Judge_WhatIsTriedFirst_IsCommon(string password)
    {
        Assert.Equal(PasswordVerdict.Common, PasswordRules.Judge(Password.From(password), "alice"));
    }

    [Theory]
    [InlineData("my-Alice-and-her-rabbit", "alice")]
    [InlineData("xxbob.smithxx quiet lamp", "bob.smith")]
    public void Judge_WithTheUserNameInIt_IsRefused(string password, string username)
    {
        Assert.Equal(PasswordVerdict.HoldsUsername, PasswordRules.Judge(Password.From(password), username));
    }

    [Fact]
    public void Judge_WithANameThatEveryPasswordHolds_DoesNotMind()
    {
        Assert.Equal(PasswordVerdict.Accepted, PasswordRules.Judge(Password.From("violet anchors drift slowly"), "a"));
    }

    [Theory]
    [InlineData("gXk29fLq0zW", false)] // 11
    [InlineData("gXk29fLq0zWv", true)] // 12
    [InlineData("e\u0301\u0301gXk29fLq0z", true)] // 13, 12 when normalised
    [InlineData("e\u0301gXk29fLq0z", false)] // 12, 11 when normalised
    public void Judge_AtTheShortest_CountsAfterNormalisation(string password, bool longEnough)
    {
        Assert.Equal(longEnough ? PasswordVerdict.Accepted : PasswordVerdict.WrongLength, PasswordRules.Judge(Password.From(password), "alice"));
    }

    [Fact]
    public void Judge_AtTheLongest_CountsAfterNormalisation()
    {
        var longest = string.Concat(Enumerable.Range(0, 128).Select(i => (char)('!' + (i * 31 % 90))));

        Assert.Equal(PasswordVerdict.Accepted, PasswordRules.Judge(Password.From(longest), "alice"));
        Assert.Equal(PasswordVerdict.WrongLength, PasswordRules.Judge(Password.From(longest + "x"), "alice"));
        Assert.Equal(PasswordVerdict.WrongLength, PasswordRules.Judge(Password.From(string.Concat(Enumerable.Repeat("\uFDFA", 20))), "alice")); // 18 each
    }

    [Theory]
    [InlineData("violet anchors \u0378 drift")] // free, for now
    [InlineData("violet anchors \uFFFE drift")] // never a character
    [InlineData("violet anchors \U0010FFFF drift")]
    public void Judge_WithACharacterThatUnicodeDoesNotKnow_IsRefused(string password)
    {
        Assert.Equal(PasswordVerdict.UnassignedCharacter, PasswordRules.Judge(Password.From(password), "alice"));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("password", 1)]
    [InlineData("pa55w0rd", 1)]
    [InlineData("abcdef", 1)]
    [InlineData("1999", 1)]
    [InlineData("zqx", 3)]
    [InlineData("dragon2024abc", 3)]
    public void Pieces_OfAText_AreTheFewest(string text, int expected)
    {
        Assert.Equal(expected, CommonPasswords.Pieces(text));
    }
}
