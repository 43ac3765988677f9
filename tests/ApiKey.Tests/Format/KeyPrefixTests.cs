using System.ComponentModel.DataAnnotations;

namespace McpSecure.ApiKey.Tests;

public sealed class KeyPrefixTests
{
    private static readonly ApiKeyId Id = new(new("0190b5a1-7c3e-7d21-8f00-0123456789ab"));
    private static readonly Pepper Pepper = new(Enumerable.Repeat((byte)3, Pepper.SizeInBytes).ToArray());

    [Fact]
    public void Read_PrefixOfTheSettings_IsReadAndTheDefaultIsNot()
    {
        Assert.True(IsRead(Text("acme_live_"), "acme_live_"));
        Assert.False(IsRead(Text("mcp_sk_"), "acme_live_"));
    }

    [Fact]
    public void Read_AcceptedPrefix_IsRead() => Assert.True(IsRead(Text("mcp_sk_"), "acme_", "old_", "mcp_sk_"));

    /// <summary>A key has one text: what an accepted prefix is put before is another one, which was never made.</summary>
    [Theory]
    [InlineData("mcp_sk_", "acme_sk_")]
    [InlineData("acme_sk_", "mcp_sk_")]
    [InlineData("acme_sk_", "acne_sk_")]
    public void Attack_ForgedChecksum_OfAnotherAcceptedPrefix_IsRefused(string made, string shown) =>
        Assert.False(IsRead(shown + Text(made)[made.Length..], made, shown));

    [Theory]
    [InlineData("mcp_sk_", true)]
    [InlineData("a1_", true)]
    [InlineData("mlcp_", false)]
    [InlineData("", false)]
    [InlineData("mcp_sk", false)]
    [InlineData("Mcp_", false)]
    [InlineData("1a_", false)]
    [InlineData("a-b_", false)]
    [InlineData("a _", false)]
    [InlineData("abcdefghijklmnopqrstuvwxyzabcdef_", false)]
    public void Options_Prefix_MustHaveTheForm(string prefix, bool right)
    {
        Assert.Equal(right, IsValid(new() { Prefix = prefix }));
        Assert.Equal(right, IsValid(new() { AcceptedPrefixes = [prefix] }));
    }

    private static bool IsValid(ApiKeyOptions options) => Validator.TryValidateObject(options, new(options), null, validateAllProperties: true);

    private static string Text(string prefix) => ApiKeySecret.New(prefix, Id, Pepper).Reveal();

    private static bool IsRead(string text, string current, params string[] accepted) =>
        PresentedKey.TryRead(text, Workshop.Prefixes(current, accepted), Pepper, out var presented, out _) && presented.Id == Id;
}
