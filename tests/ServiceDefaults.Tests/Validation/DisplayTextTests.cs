using McpSecure.Client;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults.Tests;

public sealed class DisplayTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData("laptop")]
    [InlineData("CI (GitHub) - build #42")]
    [InlineData("Acme & Sons, Inc.")]
    [InlineData("Schlüssel für Zoë")]
    [InlineData("ключ 1")]
    [InlineData("κλειδί")]
    [InlineData("מפתח")]
    [InlineData("مفتاح")]
    [InlineData("鍵のコピー")] // Han, Hiragana and Katakana: Japanese
    [InlineData("열쇠 鍵")] // Hangul and Han: Korean
    [InlineData("株式会社 Acme")] // Japanese and Latin
    [InlineData("한국 Acme")]
    [InlineData("\U00020000")] // Han beyond 16 bits
    [InlineData("कुंजी")]
    [InlineData("ਚਾਬੀ")]
    [InlineData("કી")]
    [InlineData("కీ")]
    [InlineData("താക്കോൽ")]
    [InlineData("กุญแจ")]
    [InlineData("ቁልፍ")]
    [InlineData("გასაღები")]
    public void WhyNot_TextThatPeopleRead_IsRight(string text) => Assert.Null(DisplayText.WhyNot(text));

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
    [InlineData("\u212Bcme")] // the sign of Angstrom
    [InlineData("鍵 열쇠 かぎ")] // Hangul and Hiragana
    [InlineData("ключ 鍵")]
    public void Attack_LookAlikeNames_LettersOfTwoScriptsOrInAnotherDress_AreRefused(string text) => Assert.NotNull(DisplayText.WhyNot(text));

    // Each looks like one of ASCII, or like another one that would have to be taken as well.
    [Theory]
    [InlineData("build\u20131")] // a dash that is no hyphen
    [InlineData("build\u20101")]
    [InlineData("build\u22121")]
    [InlineData("admin\u2215root")] // a slash of division
    [InlineData("admin\u01C3")] // a click that looks like an exclamation mark
    [InlineData("admin\u037E")] // a Greek question mark
    [InlineData("don\u2019t")]
    [InlineData("a\u2024b")]
    [InlineData("key \U0001F511")]
    [InlineData("م\u0640فتاح")] // stretched
    public void Attack_LookAlikeNames_PunctuationAndSymbolsBeyondAscii_AreRefused(string text) => Assert.NotNull(DisplayText.WhyNot(text));

    [Theory]
    [InlineData(" admin")]
    [InlineData("admin ")]
    [InlineData("ad  min")]
    [InlineData("ad\u00A0min")] // a space that does not break
    [InlineData("ad\u200Bmin")] // of no width
    [InlineData("ad\u200Dmin")]
    [InlineData("ad\u3164min")] // a letter that is not seen
    [InlineData("\u202Enimda")] // turns the direction of writing
    [InlineData("\u2066admin\u2069")]
    [InlineData("ad\u00ADmin")] // a soft hyphen
    [InlineData("ad\u2028min")]
    [InlineData("ad\nmin")]
    [InlineData("ad\u007Fmin")]
    [InlineData("ad\uFE0Fmin")]
    [InlineData("ad\uE000min")] // private use
    [InlineData("ad\uFFFDmin")]
    [InlineData("ad\U000E0061min")] // a tag
    [InlineData("\u0378")] // not assigned
    [InlineData("ad\ud83dmin")] // half a pair
    [InlineData("\u0902")] // a mark upon nothing
    [InlineData("1\u0902")]
    [InlineData("क \u0902")]
    public void Attack_LookAlikeNames_WhatCannotBeSeen_IsRefused(string text) => Assert.NotNull(DisplayText.WhyNot(text));

    // As unicodedata.normalize("NFC", …) of Python 3 composes them.
    [Theory]
    [InlineData("e\u0301")]
    [InlineData("\u0915\u0958")] // a letter that normal form C takes apart
    [InlineData("\u0928\u093C")]
    [InlineData("\u09C7\u09BE")]
    [InlineData("\u0BC6\u0BBE")]
    [InlineData("\u0C46\u0C56")]
    [InlineData("\u0CC6\u0CC2")]
    [InlineData("\u0D46\u0D3E")]
    [InlineData("\u304B\u3099")]
    [InlineData("\u1100\u1161")]
    [InlineData("\u1F71")]
    [InlineData("\uF900")]
    [InlineData("\U0002F800")]
    public void Attack_LookAlikeNames_OutOfNormalFormC_AreRefused(string text) => Assert.NotNull(DisplayText.WhyNot(text));

    [Fact]
    public void Read_RightOrWrong_GivesTheTextOrNamesTheField()
    {
        Assert.Equal("laptop", DisplayText.Read("laptop", "name"));

        var refused = Assert.Throws<Refusal>(() => DisplayText.Read("l\u0430ptop", "api_keys[1].name"));

        Assert.Equal(ErrorReason.FieldInvalid, refused.Reason);
        Assert.Equal("api_keys[1].name", Assert.Single(McpSecureError.From(refused).Violations).Field);
    }
}
