using System.Text;

namespace McpSecure.ServiceDefaults.Tests.Redaction;

public sealed class DocumentMaskingTests
{
    private static readonly DocumentMasking Masking = new(FieldRule.BuiltIn, new TextSanitizer(TextRules.All));

    [Theory]
    [InlineData("""{"password":"hunter2"}""", """{"password":"[MASKED]"}""")]
    [InlineData("""{"dbPassword":"x","API-Key":"y","access_token":"z"}""", """{"dbPassword":"[MASKED]","API-Key":"[MASKED]","access_token":"[MASKED]"}""")]
    [InlineData("""{"email":"alice@example.com"}""", """{"email":"ali**************"}""")]
    [InlineData("""{"phone":"+1 555-123-4567"}""", """{"phone":"XXX-XXX-4567"}""")]
    [InlineData("""{"credit_card":"4111 1111 1111 1111"}""", """{"credit_card":"****-****-****-1111"}""")]
    [InlineData("""{"ssn":"123-45-6789"}""", """{"ssn":"***-**-6789"}""")]
    [InlineData("""{"tokenizer":"bpe","name":"x"}""", """{"tokenizer":"bpe","name":"x"}""")]
    public void Fields_ByTheBuiltInRules_AreMasked(string document, string expected) => AssertMasked(document, expected);

    // The reference shows all of a value of four characters as its "last four", and three of the four of an address.
    [Theory]
    [InlineData("""{"credit_card":"1234"}""", """{"credit_card":"****-****-****-****"}""")]
    [InlineData("""{"phone":"5551234"}""", """{"phone":"XXX-XXX-****"}""")]
    [InlineData("""{"email":"ab@c"}""", """{"email":"a***"}""")]
    [InlineData("""{"email":"abc"}""", """{"email":"***"}""")]
    [InlineData("""{"email":""}""", """{"email":""}""")]
    [InlineData("""{"email":"😀😀😀😀"}""", """{"email":"\uD83D\uDE00***"}""")]
    public void Fields_ThatAreShort_DoNotShowThemselves(string document, string expected) => AssertMasked(document, expected);

    [Theory]
    [InlineData("""{"a":{"b":[{"password":"x"},{"c":"y"}]}}""", """{"a":{"b":[{"password":"[MASKED]"},{"c":"y"}]}}""")]
    [InlineData("""{"passwords":["x",["y"],{"old":"z","n":1,"t":true,"no":null}]}""", """{"passwords":["[MASKED]",["[MASKED]"],{"old":"[MASKED]","n":"[MASKED]","t":"[MASKED]","no":null}]}""")]
    [InlineData("""{"credentials":{"email":"alice@example.com"}}""", """{"credentials":{"email":"ali**************"}}""")]
    [InlineData("""{"credit_card":4111111111111111,"pin":1234}""", """{"credit_card":"****-****-****-1111","pin":"[MASKED]"}""")]
    [InlineData("""[{"secret":"x"},"y",1.50]""", """[{"secret":"[MASKED]"},"y",1.50]""")]
    public void Fields_NestedInObjectsAndLists_AreMasked(string document, string expected) => AssertMasked(document, expected);

    [Theory]
    [InlineData("""{"note":"call ada@example.com"}""", """{"note":"call [EMAIL]"}""")]
    [InlineData("""{"n":4111111111111111,"m":12345678901234567890.50}""", """{"n":"[CARD]","m":12345678901234567890.50}""")]
    [InlineData("\"from 10.0.0.1\"", "\"from [IP]\"")]
    public void Values_WithoutARule_AreSanitizedAsText(string document, string expected) => AssertMasked(document, expected);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("""{"a":1,}""")]
    [InlineData("\"\\ud800\"")]
    public void Document_ThatIsNoJson_IsRefused(string document) => Assert.False(Masking.TryMask(Encoding.UTF8.GetBytes(document), out _));

    [Fact]
    public void Document_BeyondItsLimits_IsRefused()
    {
        Assert.True(Masking.TryMask(Encoding.UTF8.GetBytes(new string('[', 64) + new string(']', 64)), out _));
        Assert.False(Masking.TryMask(Encoding.UTF8.GetBytes(new string('[', 65) + new string(']', 65)), out _));
        Assert.False(Masking.TryMask([(byte)'"', 0xC3, 0x28, (byte)'"'], out _));
    }

    private static void AssertMasked(string document, string expected)
    {
        Assert.True(Masking.TryMask(Encoding.UTF8.GetBytes(document), out var masked));
        Assert.Equal(expected, Encoding.UTF8.GetString(masked));
    }
}
