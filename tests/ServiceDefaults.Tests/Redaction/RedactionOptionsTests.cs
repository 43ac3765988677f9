using System.ComponentModel.DataAnnotations;
using System.Text;

namespace McpSecure.ServiceDefaults.Tests.Redaction;

public sealed class RedactionOptionsTests
{
    [Theory]
    [InlineData("(a+)+$(?<=b)", "Texts:0", "non-backtracking")]
    [InlineData("(", "Texts:0", "non-backtracking")]
    [InlineData(@"(a)\1", "Texts:0", "non-backtracking")]
    [InlineData("", "Texts:0", "1 to 256")]
    [InlineData("a*", "Texts:0", "everywhere")]
    public void TextRule_WithAWrongPattern_IsNamed(string pattern, string name, string why)
    {
        var fault = Assert.Single(Faults(new RedactionOptions { Texts = [new TextRuleOptions { Name = "x", Pattern = pattern }] }));

        Assert.Equal(name, Assert.Single(fault.MemberNames));
        Assert.Contains(why, fault.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_ThatAreIncomplete_AreAllNamed()
    {
        var options = new RedactionOptions
        {
            Texts = [new TextRuleOptions { Name = "Case Number", Pattern = "x" }],
            Fields =
            [
                new FieldRuleOptions { Pattern = "x" },
                new FieldRuleOptions { Pattern = "x", Replacement = "a", Format = "{last4}" },
                new FieldRuleOptions { Pattern = "x", Format = "no place" },
                new FieldRuleOptions { Pattern = "x", VisibleCharacters = 17 },
                new FieldRuleOptions { Pattern = "x", VisibleCharacters = 1, MaskCharacter = '\n' },
            ],
        };

        Assert.Equal(["Fields:0", "Fields:1", "Fields:2", "Fields:3", "Fields:4", "Texts:0"], Faults(options).SelectMany(fault => fault.MemberNames));
    }

    [Fact]
    public void Rules_ThatAreSetUp_ComeBeforeTheBuiltInOnes()
    {
        var options = new RedactionOptions
        {
            Texts = [new TextRuleOptions { Name = "case", Pattern = "CASE-[0-9]{6}", Replacement = "[CASE]" }],
            Fields = [new FieldRuleOptions { Pattern = "^email$", Replacement = "[GONE]" }, new FieldRuleOptions { Pattern = "badge", VisibleCharacters = 2, MaskCharacter = '#' }],
        };
        var redaction = new ServiceDefaults.Redaction(options);

        Assert.Empty(Faults(options));
        Assert.True(redaction.Documents.TryMask("""{"email":"a@b.cc","Badge":"12345678","note":"CASE-123456"}"""u8, out var masked));
        Assert.Equal("""{"email":"[GONE]","Badge":"12######","note":"[CASE]"}""", Encoding.UTF8.GetString(masked));
        Assert.Equal("[CASE] of [EMAIL]", redaction.Records.Sanitize("CASE-123456 of a@b.cc"));
    }

    // Each match ends early and is looked for to the end of the text: all of them together would take for ever.
    [Fact]
    public void TextRule_ThatTakesTooLong_ReplacesTheWholeText()
    {
        var redaction = new ServiceDefaults.Redaction(new RedactionOptions { Texts = [new TextRuleOptions { Name = "slow", Pattern = "a.*b|a", Replacement = "[GONE]" }] });

        Assert.Equal("[GONE]", redaction.Text.Sanitize(new string('a', 100_000)));
    }

    private static List<ValidationResult> Faults(RedactionOptions options)
    {
        var faults = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true);
        return faults;
    }
}
