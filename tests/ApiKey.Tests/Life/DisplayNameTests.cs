namespace McpSecure.ApiKey.Tests;

public sealed class DisplayNameTests
{
    [Theory]
    [InlineData("laptop")]
    [InlineData("CI (GitHub) – build #42")]
    [InlineData("Schlüssel für Zoë")]
    [InlineData("ключ 1")]
    [InlineData("κλειδί")]
    [InlineData("מפתח")]
    [InlineData("مفتاح")]
    [InlineData("鍵のコピー")] // Han, Hiragana and Katakana: Japanese
    [InlineData("열쇠 鍵")] // Hangul and Han: Korean
    [InlineData("कुंजी")]
    [InlineData("key \U0001F511")]
    [InlineData("e\u0301")] // a mark upon its letter
    public void WhyNot_NameThatPeopleRead_IsRight(string name) => Assert.Null(DisplayName.WhyNot(name));

    [Theory]
    [InlineData("l\u0430ptop")] // a Cyrillic a
    [InlineData("\u0391dmin")] // a Greek capital alpha
    [InlineData("adm\u0456n")] // a Cyrillic i
    [InlineData("\u13AAPI")] // a Cherokee A
    [InlineData("\uFF21dmin")] // a wide A
    [InlineData("\U0001D5EEdmin")] // a bold a
    [InlineData("\u24D0dmin")] // a circled a
    [InlineData("\u1D00dmin")] // a small capital A
    [InlineData("admin\u02B3")] // a raised r
    [InlineData("鍵 열쇠 かぎ")] // Hangul and Hiragana
    public void Attack_LookAlikeNames_LettersOfTwoScriptsOrInAnotherDress_AreRefused(string name) => Assert.NotNull(DisplayName.WhyNot(name));

    [Theory]
    [InlineData("")]
    [InlineData(" admin")]
    [InlineData("admin ")]
    [InlineData("ad  min")]
    [InlineData("ad\u00A0min")] // a space that does not break
    [InlineData("ad\u200Bmin")] // of no width
    [InlineData("ad\u200Dmin")]
    [InlineData("\u202Enimda")] // turns the direction of writing
    [InlineData("\u2066admin\u2069")]
    [InlineData("ad\u00ADmin")] // a soft hyphen
    [InlineData("ad\u2028min")]
    [InlineData("ad\nmin")]
    [InlineData("\u0301admin")] // a mark upon nothing
    [InlineData("ad\uFE0Fmin")]
    [InlineData("ad\uE000min")] // private use
    [InlineData("ad\uFFFDmin")]
    [InlineData("ad\U000E0061min")] // a tag
    [InlineData("\u0378")] // not assigned
    public void Attack_LookAlikeNames_WhatCannotBeSeen_IsRefused(string name) => Assert.NotNull(DisplayName.WhyNot(name));

    [Fact]
    public void WhyNot_Length_CountsCharactersAndNotHalves()
    {
        Assert.Null(DisplayName.WhyNot(string.Concat(Enumerable.Repeat("\U0001F511", 100))));
        Assert.NotNull(DisplayName.WhyNot(string.Concat(Enumerable.Repeat("\U0001F511", 101))));
    }

    [Fact]
    public void WhyNot_HalfOfAPair_IsRefused() => Assert.NotNull(DisplayName.WhyNot("ad\ud83dmin"));
}
