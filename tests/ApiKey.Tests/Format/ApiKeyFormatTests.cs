using System.Text.Json;

namespace McpSecure.ApiKey.Tests;

public sealed class ApiKeyFormatTests
{
    private static readonly Pepper Pepper = new(Enumerable.Repeat((byte)7, Pepper.SizeInBytes).ToArray());
    private static readonly ApiKeyId Id = new(new Guid("0190b5a1-7c3e-7d21-8f00-0123456789ab"));
    private static readonly string Text = ApiKeySecret.New(ApiKeyFormat.DefaultPrefix, Id, Pepper).Reveal();

    // Vectors/make_api_key_vectors.py computes them from the format's description.
    public static TheoryData<string> Vectors() =>
        [.. JsonSerializer.Deserialize<JsonElement[]>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Vectors", "api-keys.json")))!.Select(vector => vector.GetRawText())];

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Vector_KeyOfAnEarlierDay_IsReadAndMatchesWhatIsKept(string vector)
    {
        var expected = JsonSerializer.Deserialize<JsonElement>(vector);
        string Of(string name) => expected.GetProperty(name).GetString()!;
        var pepper = new Pepper(Convert.FromHexString(Of("pepper")));

        Assert.Equal(Of("text"), ApiKeySecret.Of(ApiKeyFormat.DefaultPrefix, Of("body"), pepper).Reveal());
        Assert.True(TryRead(Of("text"), pepper, out var presented, out _));
        Assert.Equal(Of("id"), presented.Id.ToString());
        Assert.Equal(Of("body"), presented.RevealBody());
        Assert.Equal(new KeyDigest(Convert.FromHexString(Of("digest"))), presented.Digest);
        Assert.True(BCrypt.Net.BCrypt.Verify(presented.RevealBody(), Of("kept")));
    }

    [Fact]
    public void NewKey_MatchesThePatternForSecretScanners()
    {
        Assert.Matches(@"^mcp_sk_[0-9A-Za-z]{73}$", Text);
        Assert.Matches(@"\bmcp_sk_[0-9A-Za-z]{73}\b", $"export MCP_KEY=\"{Text}\" # do not commit");
        Assert.Equal(80, Text.Length);
    }

    [Fact]
    public void NewKey_BeginsWithItsDisplayPrefix() => Assert.StartsWith(ApiKeyFormat.DisplayPrefix(ApiKeyFormat.DefaultPrefix, Id), Text, StringComparison.Ordinal);

    [Fact]
    public void NewKeys_OfOneId_HaveDifferentSecrets() => Assert.NotEqual(Text, ApiKeySecret.New(ApiKeyFormat.DefaultPrefix, Id, Pepper).Reveal());

    [Fact]
    public void NewSecrets_UseEveryDigitAtEveryPlace()
    {
        var secrets = Enumerable.Range(0, 2_000).Select(_ => ApiKeyFormat.NewBody(Id)[ApiKeyFormat.IdLength..]).ToArray();

        Assert.All(Enumerable.Range(0, ApiKeyFormat.SecretLength), place =>
            Assert.Equal(Base62.Digits.Length, secrets.Select(secret => secret[place]).Distinct().Count()));
    }

    [Fact]
    public void Read_OtherPlatformsKey_IsRefused() =>
        Assert.False(TryRead(Text, new Pepper(new byte[Pepper.SizeInBytes]), out _, out _));

    [Fact]
    public void Attack_TypingError_EveryChangedCharacterIsRefused()
    {
        foreach (var place in Enumerable.Range(0, Text.Length))
        {
            foreach (var digit in Base62.Digits.Where(digit => digit != Text[place]))
            {
                var mistyped = string.Concat(Text.AsSpan(0, place), [digit], Text.AsSpan(place + 1));

                Assert.False(TryRead(mistyped, Pepper, out _, out _), mistyped);
            }
        }
    }

    [Fact]
    public void Attack_TypingError_TwoNeighboursSwappedAreRefused() =>
        Assert.All(
            Enumerable.Range(0, Text.Length - 1).Where(place => Text[place] != Text[place + 1]),
            place => Assert.False(TryRead(
                string.Concat(Text.AsSpan(0, place), [Text[place + 1]], [Text[place]], Text.AsSpan(place + 2)), Pepper, out _, out _)));

    [Fact]
    public void Attack_TruncatedKey_EveryLengthIsRefused() =>
        Assert.All(Enumerable.Range(0, Text.Length), length => Assert.False(TryRead(Text[..length], Pepper, out _, out _)));

    [Fact]
    public void Attack_ForgedChecksum_OfAnotherPepperIsRefused()
    {
        // Whoever knows the format and an id, but not the pepper.
        var forged = ApiKeySecret.Of(ApiKeyFormat.DefaultPrefix, ApiKeyFormat.NewBody(Id), new Pepper(Enumerable.Repeat((byte)8, Pepper.SizeInBytes).ToArray())).Reveal();

        Assert.False(TryRead(forged, Pepper, out _, out var claimed));
        Assert.Equal(Id, claimed);
    }

    [Theory]
    [InlineData("MCP_SK_{0}")]
    [InlineData("mcp_pk_{0}")]
    [InlineData("mcp-sk-{0}")]
    [InlineData(" mcp_sk_{0}")]
    [InlineData("mcp_sk_{0} ")]
    [InlineData("mcp_sk_{0}\n")]
    [InlineData("mcp_sk_{0}\0")]
    [InlineData("Bearer mcp_sk_{0}")]
    public void Read_TextAroundAKey_IsRefused(string form) =>
        Assert.False(TryRead(string.Format(null, form, Text[ApiKeyFormat.DefaultPrefix.Length..]), Pepper, out _, out _));

    [Theory]
    [InlineData('-')]
    [InlineData('_')]
    [InlineData('é')]
    [InlineData('\u0660')] // a digit of another script
    [InlineData('Ａ')] // a wide A
    public void Read_OtherCharacter_IsRefused(char character) =>
        Assert.False(TryRead(Text[..40] + character + Text[41..], Pepper, out _, out _));

    // 2^128 in base 62 would come back as 0 where an overflow went unseen: a second text for one id.
    [Theory]
    [InlineData("7n42DGM5Tflk9n8mt7Fhc7", true)] // 2^128 - 1
    [InlineData("7n42DGM5Tflk9n8mt7Fhc8", false)] // 2^128
    [InlineData("7n42DGM5Tflk9n8mt7Fhd0", false)]
    [InlineData("zzzzzzzzzzzzzzzzzzzzzz", false)]
    public void ReadId_AtTheEdgeOf128Bits_HasOneForm(string text, bool accepted)
    {
        Assert.Equal(accepted, ApiKeyFormat.TryReadId(text, out var id));
        Assert.True(!accepted || ApiKeyFormat.WriteId(id) == text);
    }

    [Fact]
    public void Secrets_InStrings_PrintTheirTypeOnly()
    {
        var secret = ApiKeySecret.New(ApiKeyFormat.DefaultPrefix, Id, Pepper);
        TryRead(secret.Reveal(), Pepper, out var presented, out _);

        Assert.Equal(
            "ApiKeySecret PresentedKey KeyDigest Pepper SecretHash",
            $"{secret} {presented} {presented.Digest} {Pepper} {new SecretHash("$2a$10$x")}");
    }

    private static bool TryRead(string text, Pepper pepper, out PresentedKey presented, out ApiKeyId? claimed) =>
        PresentedKey.TryRead(text, Workshop.Prefixes(), pepper, out presented, out claimed);
}
