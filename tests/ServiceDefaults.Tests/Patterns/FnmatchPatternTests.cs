using System.Diagnostics;
using System.Text.Json;

namespace McpSecure.ServiceDefaults.Tests;

public sealed class FnmatchPatternTests
{
    private static readonly string VectorFile = Path.Combine(AppContext.BaseDirectory, "Vectors", "fnmatch-vectors.jsonl");

    [Fact]
    public void Matches_HundredThousandPairs_AgreesWithPython()
    {
        var pairs = 0;
        var disagreements = new List<string>();
        foreach (var line in File.ReadLines(VectorFile))
        {
            var vector = JsonSerializer.Deserialize<Vector>(line)!;
            var pattern = new FnmatchPattern(vector.p);
            foreach (var (text, expected) in vector.y.Select(text => (text, true)).Concat(vector.n.Select(text => (text, false))))
            {
                pairs++;
                if (pattern.Matches(text) != expected)
                {
                    disagreements.Add($"{vector.p} on {text}: Python says {expected}");
                }
            }
        }

        Assert.Equal(100_000, pairs);
        Assert.Empty(disagreements);
    }

    // Expected values by Python 3.11.7.
    [Theory]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("*", "", true)]
    [InlineData("?", "", false)]
    [InlineData("servers", "Servers", false)]
    [InlineData("*", "a/b\nc", true)]
    [InlineData("a*", "ba", false)]
    [InlineData("[]]", "]", true)]
    [InlineData("[!]]", "a", true)]
    [InlineData("[!]]", "]", false)]
    [InlineData("[", "[", true)]
    [InlineData("[a", "[a", true)]
    [InlineData("[]", "[]", true)]
    [InlineData("[!]", "[!]", true)]
    [InlineData("[^a]", "^", true)]
    [InlineData("[^a]", "b", false)]
    [InlineData("[a-]", "-", true)]
    [InlineData("[-a]", "-", true)]
    [InlineData("[c-a]", "b", false)]
    [InlineData("[!c-a]", "b", true)]
    [InlineData("[b-a!x]", "y", true)]
    [InlineData("[\\]]", "\\]", true)]
    [InlineData("?", "\U0001F511", true)]
    [InlineData("[\U0001F510-\U0001F512]", "\U0001F511", true)]
    public void Matches_CornerCase_AgreesWithPython(string pattern, string text, bool expected) =>
        Assert.Equal(expected, new FnmatchPattern(pattern).Matches(text));

    [Fact]
    public void Matches_MorePlacesThanAWordHasBits_CarriesOver()
    {
        var pattern = new FnmatchPattern("*" + new string('?', 63) + "[ab]" + new string('c', 70) + "*d");

        Assert.True(pattern.Matches(new string('x', 100) + "b" + new string('c', 90) + "d"));
        Assert.False(pattern.Matches(new string('x', 62) + "b" + new string('c', 90) + "d"));
        Assert.False(pattern.Matches(new string('x', 100) + "b" + new string('c', 69) + "d"));
    }

    [Fact]
    public void Matches_ExplosivePattern_TakesTimeLinearInTheText()
    {
        var pattern = new FnmatchPattern(string.Concat(Enumerable.Repeat("*a", 120)) + "*b");

        // A backtracking matcher would need longer than the universe has.
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 1_000; i++)
        {
            Assert.False(pattern.Matches(new string('a', 4_096)));
        }

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Constructor_PatternTooLong_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new FnmatchPattern(new string('a', FnmatchPattern.MaxLength + 1)));

    [Theory]
    [InlineData("*", "servers/*", true)]
    [InlineData("servers/*", "servers/weather", true)]
    [InlineData("servers/*", "servers/*/tools/*", true)]
    [InlineData("*s*", "servers/*", true)]
    [InlineData("[a-z]*", "[b-d]?", true)]
    [InlineData("[!x]", "[a-c]", true)]
    [InlineData("?", "[!a]", true)]
    [InlineData("servers/*", "*", false)]
    [InlineData("servers/*", "servers*", false)]
    [InlineData("servers", "server?", false)]
    [InlineData("[a-c]", "[a-d]", false)]
    [InlineData("?*", "*", false)]
    [InlineData("a*b", "a*", false)]
    [InlineData("*", "[c-a]", true)]
    public void Covers_KnownPair_Answers(string wide, string narrow, bool expected) =>
        Assert.Equal(expected, new FnmatchPattern(wide).Covers(new FnmatchPattern(narrow)));

    [Fact]
    public void Covers_WhereItSaysYes_WhateverTheNarrowMatchesTheWideMatches()
    {
        var vectors = File.ReadLines(VectorFile).Select(line => JsonSerializer.Deserialize<Vector>(line)!)
            .Where(vector => vector.y.Length > 0).Take(1_500).ToArray();
        var wides = vectors.Select(vector => new FnmatchPattern(vector.p)).ToArray();
        var covered = 0;
        foreach (var narrow in vectors)
        {
            var pattern = new FnmatchPattern(narrow.p);
            foreach (var wide in wides.Where(wide => wide.Covers(pattern)))
            {
                covered++;
                Assert.All(narrow.y, text => Assert.True(wide.Matches(text), $"{wide} covers {pattern} and not {text}"));
            }
        }

        Assert.True(covered > wides.Length, "Only patterns that cover themselves were seen.");
    }

    [Theory]
    [InlineData("servers/*", "*/weather", true)]
    [InlineData("a*b", "*ab*", true)]
    [InlineData("*a", "*b", false)]
    [InlineData("a?c", "ab*", true)]
    [InlineData("[a-c]x", "[d-f]x", false)]
    [InlineData("[a-d]x", "[d-f]x", true)]
    [InlineData("[!a]", "a", false)]
    [InlineData("*[c-a]*", "*", false)]
    [InlineData("", "*", true)]
    [InlineData("", "?", false)]
    [InlineData("*a*b*c*", "*c*b*a*", true)]
    public void Overlaps_KnownPair_AnswersEitherWayRound(string one, string another, bool expected)
    {
        Assert.Equal(expected, new FnmatchPattern(one).Overlaps(new FnmatchPattern(another)));
        Assert.Equal(expected, new FnmatchPattern(another).Overlaps(new FnmatchPattern(one)));
    }

    [Fact]
    public void Overlaps_WhereSomeTextMatchesBoth_SaysSo()
    {
        var vectors = File.ReadLines(VectorFile).Select(line => JsonSerializer.Deserialize<Vector>(line)!)
            .Where(vector => vector.y.Length > 0).Take(700).ToArray();
        var patterns = vectors.Select(vector => new FnmatchPattern(vector.p)).ToArray();
        var (met, apart) = (0, 0);
        for (var i = 0; i < vectors.Length; i++)
        {
            foreach (var other in patterns)
            {
                if (vectors[i].y.Any(other.Matches))
                {
                    met++;
                    Assert.True(patterns[i].Overlaps(other), $"{patterns[i]} meets {other}");
                }
                else if (!patterns[i].Overlaps(other))
                {
                    apart++;
                }
            }
        }

        Assert.True(met > 2 * vectors.Length && apart > vectors.Length, $"{met} met, {apart} were apart.");
    }

    private sealed record Vector(string p, string[] y, string[] n);
}
