namespace McpSecure.Crypto.Tests;

public sealed class SqlScriptTests
{
    private static readonly Dictionary<string, string> Values = new(StringComparer.Ordinal) { ["name"] = "\"r\"", ["expiration"] = "'2026'" };

    [Theory]
    [InlineData("DROP ROLE {{name}}", "DROP ROLE \"r\"")]
    [InlineData("A {{name}}; B;", "A \"r\"| B")]
    [InlineData(";;A {{ name }};", "A \"r\"")]
    [InlineData("A ';' {{name}}", "A ';' \"r\"")]
    [InlineData("A 'it''s;' {{name}}", "A 'it''s;' \"r\"")]
    [InlineData(@"A E'\';' {{name}}; B", "A E'\\';' \"r\"| B")]
    [InlineData(@"A '\' {{name}}; B", "A '\\' \"r\"| B")]
    [InlineData("A the'x;' {{name}}", "A the'x;' \"r\"")]
    [InlineData("A \";\"\"\" {{name}}", "A \";\"\"\" \"r\"")]
    [InlineData("DO $$ BEGIN; END $$; {{name}}", "DO $$ BEGIN; END $$| \"r\"")]
    [InlineData("DO $a$ ; $b$ ; $a$; {{name}}", "DO $a$ ; $b$ ; $a$| \"r\"")]
    [InlineData("A a$b;$c$ {{name}} $c$", "A a$b|$c$ {{name}} $c$")]
    [InlineData("A $1; {{name}}", "A $1| \"r\"")]
    [InlineData("A -- ; comment\n {{name}}", "A   \"r\"")]
    [InlineData("A /* ; /* ; */ ; */ {{name}}", "A   \"r\"")]
    [InlineData("-- only\n;{{name}}", "\"r\"")]
    public void Parse_AScript_PartsItAsPostgresDoes(string text, string statements)
    {
        var parsed = SqlScript.TryParse(text, ["name"], out var script, out var flaw);

        if (statements.Contains("{{", StringComparison.Ordinal))
        {
            Assert.False(parsed);
            Assert.StartsWith("has a placeholder in quotes", flaw, StringComparison.Ordinal);
            return;
        }

        Assert.True(parsed, flaw);
        Assert.Equal(statements.Split('|'), script!.Render(Values));
    }

    [Theory]
    [InlineData("", "holds no statement.")]
    [InlineData(" ; -- x", "holds no statement.")]
    [InlineData("DROP ROLE x", "lacks {{name}}.")]
    [InlineData("-- {{name}}\nDROP ROLE x", "lacks {{name}}.")]
    [InlineData("A {{name}} {{nmae}}", "names {{nmae}}, which is no placeholder here: {{name}}.")]
    [InlineData("A {{name}} {{password}}", "names {{password}}, which is no placeholder here: {{name}}.")]
    [InlineData("A {{name", "has {{ without }}.")]
    [InlineData("A \"{{name}}\"", "has a placeholder in quotes: it stands outside, and brings its own.")]
    [InlineData("A '{{name}}'", "has a placeholder in quotes: it stands outside, and brings its own.")]
    [InlineData("DO $$ {{name}} $$", "has a placeholder in quotes: it stands outside, and brings its own.")]
    [InlineData("A {{name}} 'open", "ends within quotes.")]
    [InlineData("A {{name}} \"open", "ends within quotes.")]
    [InlineData(@"A {{name}} E'open\'", "ends within quotes.")]
    [InlineData("A {{name}} $x$ open $$", "ends within quotes.")]
    [InlineData("A {{name}} /* open /* */", "ends within a comment.")]
    [InlineData("A {{name}}\0", "holds a zero character.")]
    [InlineData("A {{name}}; commit", "holds COMMIT: it runs in one transaction of the service's and may not control it, nor copy.")]
    [InlineData("A {{name}}; /* x */ ROLLBACK; B", "holds ROLLBACK: it runs in one transaction of the service's and may not control it, nor copy.")]
    public void Parse_WhatDoesNotParse_IsRefusedWithItsReason(string text, string why)
    {
        Assert.False(SqlScript.TryParse(text, ["name"], out var script, out var flaw));
        Assert.Null(script);
        Assert.Equal(why, flaw);
    }
}
