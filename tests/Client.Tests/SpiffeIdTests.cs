namespace McpSecure.Client.Tests;

public sealed class SpiffeIdTests
{
    [Theory]
    [InlineData("spiffe://mcpsecure.local/svc/auth", "mcpsecure.local", "/svc/auth", "auth")]
    [InlineData("spiffe://a/svc/api-key_2.x", "a", "/svc/api-key_2.x", "api-key_2.x")]
    [InlineData("spiffe://a/ns/prod/sa/Web", "a", "/ns/prod/sa/Web", null)]
    [InlineData("spiffe://a/svc/auth/x", "a", "/svc/auth/x", null)]
    [InlineData("spiffe://a/svc/Auth", "a", "/svc/Auth", null)]
    public void Text_ThatIsAnId_IsReadAndPrintedAsItWas(string text, string trustDomain, string path, string? workload)
    {
        Assert.True(SpiffeId.TryParse(text, out var id));
        Assert.Equal((trustDomain, path, workload, text), (id.TrustDomain, id.Path, id.WorkloadName, id.ToString()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("spiffe://")]
    [InlineData("spiffe://a")]
    [InlineData("spiffe://a/")]
    [InlineData("spiffe:///svc/auth")]
    [InlineData("SPIFFE://a/svc/auth")]
    [InlineData("https://a/svc/auth")]
    [InlineData(" spiffe://a/svc/auth")]
    [InlineData("spiffe://a/svc/auth ")]
    [InlineData("spiffe://A/svc/auth")]
    [InlineData("spiffe://a:443/svc/auth")]
    [InlineData("spiffe://user@a/svc/auth")]
    [InlineData("spiffe://a/svc/auth/")]
    [InlineData("spiffe://a//svc/auth")]
    [InlineData("spiffe://a/svc/../auth")]
    [InlineData("spiffe://a/svc/./auth")]
    [InlineData("spiffe://a/svc/auth?x")]
    [InlineData("spiffe://a/svc/auth#x")]
    [InlineData("spiffe://a/svc/%61uth")]
    [InlineData("spiffe://a/svc/auth\0")]
    [InlineData("spiffe://a/svc/аuth")] // Cyrillic
    public void Text_ThatIsNoId_IsRefused(string? text) => Assert.False(SpiffeId.TryParse(text, out _));

    [Fact]
    public void Text_LongerThanAnIdMayBe_IsRefused() => Assert.False(SpiffeId.TryParse("spiffe://a/" + new string('x', 2048), out _));

    [Fact]
    public void Ids_WithTheSameText_AreEqual()
    {
        Assert.True(SpiffeId.TryParse("spiffe://a/svc/auth", out var parsed));

        Assert.Equal(SpiffeId.ForWorkload("a", "auth"), parsed);
    }

    [Theory]
    [InlineData("a", "../x")]
    [InlineData("a", "")]
    [InlineData("a", "x/y")]
    [InlineData("A", "x")]
    [InlineData("", "x")]
    public void Workload_OfAWrongName_IsRefused(string trustDomain, string name) =>
        Assert.Throws<ArgumentException>(() => SpiffeId.ForWorkload(trustDomain, name));
}
